package domain

import "sort"

// Code is one entry of the catalogue.
type Code struct {
	Code string
	Kind Kind
	Text Text
}

// Codes is the catalogue, sorted by code. docs/errors.md is made from it.
func Codes() []Code {
	out := make([]Code, 0, len(catalogue))
	for _, c := range catalogue {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

func kindOf(code string) Kind { return catalogue[code].Kind }

// Message is the text for a person of a code in a language; the code itself
// when the catalogue does not know it.
func Message(code string, l Lang) string {
	c, ok := catalogue[code]
	if !ok {
		return code
	}
	return c.Text.In(l)
}

// catalogue is built once and never changed.
var catalogue = index([]Code{
	{"e.internal", Internal, Text{"服务器内部错误", "internal error"}},
	{"e.busy", Busy, Text{"服务繁忙，请稍后再试", "the server is busy, try again"}},
	{"e.timeout", Timeout, Text{"执行超时", "the deadline passed"}},
	{"e.canceled", Timeout, Text{"已取消", "canceled"}},

	// the tree
	{"e.domain.name", Invalid, Text{"域名称不合法", "not a domain name"}},
	{"e.domain.noexists", NotFound, Text{"域不存在", "no such domain"}},
	{"e.domain.exists", Conflict, Text{"域已经存在", "the domain exists already"}},
	{"e.domain.closed", Busy, Text{"域已经关闭", "the domain is closed"}},
	{"e.domain.key", Internal, Text{"密钥文件已损坏", "the secret key file is broken"}},
	{"e.domain.locked", Busy, Text{"目录被其他进程占用", "the root is in use by another process"}},
	{"e.grant.taken", Conflict, Text{"主机名已授予其他域", "the host is granted to another domain"}},
	{"e.grant.value", Usage, Text{"不能这样授权", "this cannot be granted"}},
	{"e.grant.file", Invalid, Text{"operator.json 有错，请先改正", "operator.json is broken: mend it first"}},
	{"e.domain.secret", Internal, Text{"机密无法读取", "a secret cannot be read"}},
	{"e.domain.init", Usage, Text{"初始化脚本有错", "the init script has an error"}},
	{"e.io.path", Invalid, Text{"路径不合法", "not a path"}},
	{"e.io.path.outside", Forbidden, Text{"路径越出域之外", "the path leaves the domain"}},
	{"e.io.forbidden", Forbidden, Text{"不允许访问该对象", "this object may not be accessed"}},
	{"e.io.obj.noexists", NotFound, Text{"对象不存在", "no such object"}},
	{"e.io.obj.exists", Conflict, Text{"对象已经存在", "the object exists already"}},
	{"e.io.obj.isdir", Invalid, Text{"对象是目录", "the object is a directory"}},
	{"e.io.obj.isfile", Invalid, Text{"对象是文件", "the object is a file"}},
	{"e.io.obj.notempty", Conflict, Text{"目录不为空", "the directory is not empty"}},
	{"e.io.toolarge", TooLarge, Text{"内容过大", "too large"}},
	{"e.io.meta", Invalid, Text{"元数据不合法", "the metadata is broken"}},
	{"e.json", Invalid, Text{"JSON 格式错误", "not valid JSON"}},

	// the language
	{"e.cmd.syntax", Usage, Text{"脚本语法错误", "syntax error"}},
	{"e.cmd.noexists", Usage, Text{"命令不存在", "no such command"}},
	{"e.cmd.option", Usage, Text{"命令选项错误", "wrong option"}},
	{"e.cmd.usage", Usage, Text{"命令用法错误", "wrong usage"}},
	{"e.cmd.arg", Invalid, Text{"参数值不合法", "the argument's value is wrong"}},
	{"e.cmd.digest", Forbidden, Text{"摘要不符", "the digest does not match"}},
	{"e.cmd.limit.stages", TooLarge, Text{"命令执行的步骤过多", "too many stages"}},
	{"e.cmd.limit.output", TooLarge, Text{"命令输出过大", "too much output"}},
	{"e.cmd.forbidden", Forbidden, Text{"接口脚本不允许执行该命令", "an endpoint may not run this command"}},

	// things
	{"e.thing.noexists", NotFound, Text{"数据不存在", "no such thing"}},
	{"e.thing.set.noexists", NotFound, Text{"不是一个数据集", "not a ThingSet"}},
	{"e.thing.schema", Invalid, Text{"thing.json 有错", "thing.json is broken"}},
	{"e.thing.match", Invalid, Text{"匹配条件不合法", "the match is wrong"}},
	{"e.thing.ukey.duplicated", Conflict, Text{"唯一键冲突", "the unique key is taken"}},
	{"e.thing.ukey.required", Invalid, Text{"缺少必需的唯一键", "a required unique key is missing"}},
	{"e.thing.ukey.partly", Invalid, Text{"复合唯一键不完整", "a compound unique key is given in part"}},
	{"e.thing.ukey.scalar", Invalid, Text{"唯一键的值必须是文本或数字", "the value of a unique key must be text or a number"}},
	{"e.thing.hook", Invalid, Text{"数据集脚本执行失败", "a script of the ThingSet failed"}},
	{"e.thing.rev", Conflict, Text{"数据已被他人修改", "the thing was changed meanwhile"}},
	{"e.thing.import", Invalid, Text{"部分数据未能导入", "not all rows could be imported"}},
	{"e.thing.large", TooLarge, Text{"数据过大", "the thing is too large"}},
	{"e.thing.id", Invalid, Text{"数据 ID 不合法", "not a thing id"}},
	{"e.thing.fld.notNull", Invalid, Text{"字段不能为空", "the field may not be empty"}},
	{"e.thing.fld.minLength", Invalid, Text{"字段过短", "the field is too short"}},
	{"e.thing.fld.maxLength", Invalid, Text{"字段过长", "the field is too long"}},
	{"e.thing.fld.intRange", Invalid, Text{"字段数值超出范围", "the number is out of range"}},
	{"e.thing.fld.dateRange", Invalid, Text{"字段日期超出范围", "the date is out of range"}},
	{"e.thing.fld.regex", Invalid, Text{"字段格式不符", "the field has the wrong form"}},
	{"e.thing.fld.enum", Invalid, Text{"字段不在可选值之中", "the field is none of the allowed values"}},
	{"e.thing.fld.guard", Forbidden, Text{"字段受保护", "the field is guarded"}},
	{"e.thing.feed.lost", NotFound, Text{"变更记录已被清理，请重新读取数据集", "the feed no longer holds these changes: read the set anew"}},
	{"e.store.damaged", Internal, Text{"数据文件已损坏", "the store is damaged"}},
	{"e.store.feed", NotFound, Text{"变更记录已被清理", "the feed no longer goes back that far"}},
	{"e.store.write", Internal, Text{"数据写入失败", "the store cannot be written"}},
	{"e.store.unknown", Busy, Text{"磁盘出错，无法确定数据是否已写入", "the disk failed, and it is not known whether the data was written"}},
	{"e.store.closed", Busy, Text{"数据存储已关闭", "the store is closed"}},

	{"e.backup.format", Invalid, Text{"不是可用的备份文件", "not a backup that this program reads"}},
	{"e.backup.damaged", Invalid, Text{"备份文件已损坏", "the backup is damaged"}},

	// sites and people
	{"e.www.site.noexists", NotFound, Text{"站点不存在", "no such site"}},
	{"e.www.order.nil.accounts", NotFound, Text{"站点没有设置账户库", "the site has no account set"}},
	{"e.www.api.auth.nologin", Unauthorized, Text{"尚未登录", "not signed in"}},
	{"e.www.api.auth.fail_login", Unauthorized, Text{"登录失败", "sign-in failed"}},
	{"e.auth.ticked.noexist", Unauthorized, Text{"会话不存在或已过期", "the session does not exist or has expired"}},
	{"e.auth.account.noexists", NotFound, Text{"账户不存在", "no such account"}},
	{"e.auth.account.field", Forbidden, Text{"字段不允许修改", "this field may not be changed"}},
	{"e.auth.account.taken", Conflict, Text{"账户已被占用", "the account is taken"}},
	{"e.auth.login.invalid.passwd", Unauthorized, Text{"账号或密码错误", "wrong name or password"}},
	{"e.auth.login.locked", TooMany, Text{"登录失败次数过多，请稍后再试", "too many failures, wait before the next try"}},
	{"e.auth.login.NoPhoneOrEmail", Invalid, Text{"不是手机号或邮箱", "neither a phone number nor an e-mail address"}},
	{"e.auth.login.invalid.wxCode", Unauthorized, Text{"微信登录码无效", "the WeChat code is not valid"}},
	{"e.auth.login.invalid.wxCodeType", Invalid, Text{"微信登录类型无效", "no such type of WeChat code"}},
	{"e.auth.login.NoFollower", Forbidden, Text{"请先关注公众号", "follow the official account first"}},
	{"e.auth.passwd.old.invalid", Invalid, Text{"旧密码错误", "the old password is wrong"}},
	{"e.auth.passwd.new.invalid", Invalid, Text{"新密码不合要求", "the new password is not acceptable"}},
	{"e.auth.captcha.invalid", Invalid, Text{"验证码错误或已过期", "the code is wrong or has expired"}},
	{"e.auth.vcode.wait", TooMany, Text{"验证码发送过于频繁", "wait before asking for another code"}},
	{"e.auth.nopvg", Forbidden, Text{"没有权限", "no permission"}},
	{"e.auth.role.noexists", NotFound, Text{"角色不存在", "no such role"}},
	{"e.www.captcha.fail_send_by_sms", Invalid, Text{"短信发送失败", "the text message could not be sent"}},
	{"e.www.captcha.fail_send_by_email", Invalid, Text{"邮件发送失败", "the mail could not be sent"}},

	// messages
	{"e.send.config", Internal, Text{"消息发送的设置有误", "the senders of the domain are not set up properly"}},
	{"e.send.refused", Invalid, Text{"消息被拒绝发送", "the message was refused"}},
	{"e.send.failed", Busy, Text{"消息发送失败", "the message could not be sent"}},
	{"e.send.cap", Busy, Text{"已达到当日消息费用上限", "the messages of today have cost what they may"}},

	// WeChat
	{"e.weixin.limit", TooMany, Text{"微信接口调用过于频繁，请稍后再试", "WeChat has had too many calls, try later"}},
	{"e.weixin.busy", TooMany, Text{"微信服务繁忙，请稍后再试", "WeChat is busy, try again"}},
	{"e.weixin.failed", Busy, Text{"访问微信服务失败", "WeChat could not be asked"}},

	{"e.server.lost", Busy, Text{"服务进程在执行中结束了", "the server went away meanwhile"}},

	// calls to other servers
	{"e.http.host", Forbidden, Text{"不允许访问该主机", "calls to this host are not allowed"}},
	{"e.http.failed", Busy, Text{"访问外部服务失败", "the call to another server failed"}},
	{"e.http.status", Busy, Text{"外部服务返回错误", "the other server answered with an error"}},

	// HTTP
	{"e.api.noexists", NotFound, Text{"接口不存在", "no such endpoint"}},
	{"e.api.method", Method, Text{"不支持的请求方法", "method not allowed"}},
	{"e.api.body.toolarge", TooLarge, Text{"请求体过大", "the request body is too large"}},
	{"e.api.params", Invalid, Text{"参数过多或嵌套过深", "too many parameters, or nested too deep"}},
	{"e.api.request", Invalid, Text{"请求不合法", "the request is malformed"}},
	{"e.api.limit", TooMany, Text{"请求过于频繁", "too many requests"}},
	{"e.api.token", Forbidden, Text{"访问令牌错误", "the access token is wrong"}},
	{"e.api.origin", Forbidden, Text{"不允许的来源", "this origin is not allowed"}},
	{"e.api.location", Invalid, Text{"跳转地址不合法", "the location is not one line"}},
	{"e.api.head", Internal, Text{"接口输出的 HTTP 头有错", "the endpoint's output has no proper HTTP head"}},
	{"e.pack.noexists", NotFound, Text{"接口包不存在", "no such pack"}},
	{"e.pack.notadded", NotFound, Text{"域里没有加入该接口包", "the pack was not added to the domain"}},
	{"e.cron.noexists", NotFound, Text{"没有这个定时任务", "no such job"}},
	{"e.cron.running", Conflict, Text{"任务正在运行", "the job is running"}},
	{"e.cron.share", Timeout, Text{"域的任务运行时间份额已用完", "the domain's share of running time is used up"}},
	{"e.trace.noexists", NotFound, Text{"没有保留这样的请求", "no such request was kept"}},
	{"e.api.load", Internal, Text{"接口脚本有错", "the endpoint's script is broken"}},
})

func index(list []Code) map[string]Code {
	m := make(map[string]Code, len(list))
	for _, c := range list {
		if _, dup := m[c.Code]; dup {
			panic("domain: error code twice: " + c.Code)
		}
		m[c.Code] = c
	}
	return m
}
