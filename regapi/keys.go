package regapi

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
)

// Key is a metadata key of endpoints: a row of the reference page.
type Key struct {
	Name    string // a name that ends with <Name> is a prefix
	Type    string // as people write it
	Default string
	Help    domain.Text

	set func(*compiler, setting) domain.Text // gives what is wrong, empty when nothing is
}

const (
	headerPrefix = "http-header-"
	keyParamName = "api-param-name"
)

// Keys is the table of all metadata keys, sorted by name.
func Keys() []Key {
	keys := []Key{
		{headerPrefix + "<Name>", "text", "Content-Type: application/json", domain.Text{
			ZH: "响应头。Content-Type 可写为 `image/*` 这样的家族（逗号分隔），按实际输出识别",
			EN: "a header of the answer. Content-Type may be a family such as `image/*` (several by comma): what the output is counts"}, (*compiler).header},
		{"http-methods", "text or list", "GET POST PUT DELETE PATCH", domain.Text{
			ZH: "接受的方法；其他方法答 405。HEAD 与 OPTIONS 由引擎回答",
			EN: "the methods it takes; others are answered 405. HEAD and OPTIONS are the engine's"}, (*compiler).methods},
		{"http-resp-code", "number", "200", domain.Text{
			ZH: "成功时的状态码；301、302、303、307、308 时输出就是跳转地址",
			EN: "the status of a success; with 301, 302, 303, 307 and 308 the output is the location"}, (*compiler).respCode},
		{"http-dynamic-header", "true/false", "false", domain.Text{
			ZH: "输出以 HTTP 头开始（可选状态行、各响应头、空行），`httpout` 可生成",
			EN: "the output begins with an HTTP head (optional status line, headers, empty line); `httpout` writes one"}, (*compiler).dynamicHeader},
		{"http-cross-origin", "text or list", "", domain.Text{
			ZH: "允许跨域的来源列表；`*` 表示任何来源但不带凭据",
			EN: "the origins that may call from another page; `*` is any, without credentials"}, (*compiler).crossOrigin},
		{"http-www-home", "text", "~/www", domain.Text{
			ZH: "接口所属站点（路径或 id:…）；设置后不再看请求的 site 参数。不设置时，请求的 site 参数以 ID 指定站点（路径只由接口自己写），缺省为 ~/www；但有 pvg-assert 或 pvg-setup 的接口只认 ~/www，除非写 `*`：由请求指定域中任一站点",
			EN: "the endpoint's site (path or id:…); the request's site parameter then does not count. Without it that parameter names the site by its id (a path is the endpoint's to write), ~/www by default; but with pvg-assert or pvg-setup the site is ~/www, unless this is `*`: any site of the domain, as the request says"}, (*compiler).home},
		{"http-www-ticket", "text or list", "ticket", domain.Text{
			ZH: "从哪里取会话票据：参数名，或 `query:名`、`body:名`、`header:名`、`cookie:名`，先有者先得；Authorization: Bearer 总是可用；需要会话的接口只在请求体的前 64 KiB 中找；cookie 只在绑定到本域的主机名上有效",
			EN: "where the session ticket comes from: a parameter's name, or `query:NAME`, `body:NAME`, `header:NAME`, `cookie:NAME`, the first that is there; Authorization: Bearer always counts; of a body, where a session is needed, the first 64 KiB; cookies only on a host name mapped to the domain"}, (*compiler).ticket},
		{"http-www-auth", "true/false", "false", domain.Text{
			ZH: "没有会话答 403", EN: "403 without a session"}, (*compiler).auth},
		{"pvg-assert", "text or list", "", domain.Text{
			ZH: "所需权限：列表表示全部具备，`a|b` 表示任一；不具备答 403",
			EN: "the permissions it takes: all of a list, any of `a|b`; 403 without"}, (*compiler).assert},
		{"pvg-setup", "text, list or object", "", domain.Text{
			ZH: "脚本想知道调用者是否具备的权限：`order.edit,order.del` 得 `${pvg-order.edit}` 为 true 或 false；对象起名 `{edit:\"order.edit|order.admin\"}` 得 `${pvg-edit}`（列表表示全部具备，`a|b` 表示任一）；`${pvg}` 是整个对象。不拒绝任何人，未登录全为 false",
			EN: "permissions that the script asks about: `order.edit,order.del` gives `${pvg-order.edit}`, true or false; an object names them, `{edit:\"order.edit|order.admin\"}` gives `${pvg-edit}` (all of a list, any of `a|b`); `${pvg}` is the whole object. It refuses nobody; without a session all are false"}, (*compiler).setup},
		{"api-access-token", "text or list", "", domain.Text{
			ZH: "调用者须出示的令牌（Authorization: Bearer、X-Access-Token 或参数 access_token）；`~/路径` 表示文件内容",
			EN: "the token that a caller must show (Authorization: Bearer, X-Access-Token or the parameter access_token); `~/path` is a file's content"}, (*compiler).accessToken},
		{keyParamName, "text", "", domain.Text{
			ZH: "通配段（_ANY 文件，或 _ANY 目录的元数据里）的名字：`${params.名字}`",
			EN: "the name of a wildcard (a file _ANY, or in the metadata of a directory _ANY): `${params.NAME}`"}, (*compiler).paramName},
		{"preload", "object", "", domain.Text{
			ZH: "占位符名到文件的映射，如 `{conf:\"~/conf/site.json\"}`：`${conf.title}`；用到时读取，没有缺省值而文件不在则为 500；密钥放在 `~/.domain/secrets` 下",
			EN: "placeholder names and files, `{conf:\"~/conf/site.json\"}`: `${conf.title}`; read when used, 500 when it is not there and has no default; keys lie below `~/.domain/secrets`"}, (*compiler).preload},
		{"http-post-json-merge", "true/false or text", "false", domain.Text{
			ZH: "JSON 请求体的成员成为同名占位符；写文本则请求体整个以它为名：`\"body\"` 得 `${body.名字}`",
			EN: "the members of a JSON body become placeholders of their name; a text names the whole body: `\"body\"` gives `${body.NAME}`"}, (*compiler).jsonMerge},
		{"copy-cookie", "list or object", "", domain.Text{
			ZH: "请求没有该查询参数时，从同名 cookie（或 `{cookie:参数}`）补上；只在绑定到本域的主机名上有效",
			EN: "cookies that stand in for query parameters of their name (or `{cookie:parameter}`) that are absent; only on a host name mapped to the domain"}, (*compiler).copyCookie},
		{"history", "object", "", domain.Text{
			ZH: "每次成功调用写一条历史记录，各字段的值可含占位符",
			EN: "a history record for each success; its values may hold placeholders"}, (*compiler).history},
		{"histest", "object", "", domain.Text{
			ZH: "写历史记录的条件：对整条记录的匹配", EN: "the condition for a history record: a match on the whole record"}, (*compiler).histest},
		{"hismetas", "list", "", domain.Text{
			ZH: "历史记录额外保存的请求占位符，名字即成员名；秘密不许", EN: "further placeholders that a history record keeps, each as a member of its name; no secrets"}, (*compiler).hismetas},
		{"hisname", "text", "_history", domain.Text{
			ZH: "历史记录集的名字", EN: "the name of the history set"}, (*compiler).hisname},
		{"cache-test", "true/false or text", "false", domain.Text{
			ZH: "缓存无需登录的 GET 响应：true，或请求地址须匹配的正则",
			EN: "keep the answers to GETs without sign-in: true, or a regular expression for the request's address"}, (*compiler).cacheTest},
		{"cache-duration", "duration", "60s", domain.Text{
			ZH: "缓存多久", EN: "for how long"}, (*compiler).cacheDuration},
		{"cache-lazy", "true/false", "false", domain.Text{
			ZH: "过期后先答旧的，后台更新", EN: "answer with the expired one and renew it behind"}, (*compiler).cacheLazy},
		{"cache-redirect", "text", "", domain.Text{
			ZH: "缓存的响应存为 `~/www` 下该目录里的文件，并跳转过去", EN: "a folder below `~/www`: kept answers become files in it, and callers are redirected there"}, (*compiler).cacheRedirect},
		{"http-body-max", "size", "32M", domain.Text{
			ZH: "请求体上限，如 `512K`、`10M`；超过答 413", EN: "the largest body, `512K`, `10M`; 413 above"}, (*compiler).bodyMax},
		{"http-timeout", "duration", "30s", domain.Text{
			ZH: "执行期限；超过答 504", EN: "the deadline; 504 after it"}, (*compiler).timeout},
		{"http-sse", "true/false", "false", domain.Text{
			ZH: "输出是服务器推送事件流（text/event-stream），如 `thing SET watch -sse`：不限输出、无请求期限（http-timeout 默认 1h，到期客户端自动重连），服务停止时结束；所凭的会话、权限或令牌失效后 5 秒内结束；每个地址最多 32 条，每个域以其份额为限，共 1024 条，另有 16 条归每个域自己",
			EN: "the output is a stream of server-sent events, as of `thing SET watch -sse`: no limit on output, http-timeout is 1h unless given (the client connects again), it ends when the server stops, and within 5 s of the end of the session, the permission or the token that let the caller in; at most 32 per address, as many per domain as its share, and 1,024 in all beside 16 of each domain's own"}, (*compiler).sse},
		{"http-trace", "true/false", "false", domain.Text{
			ZH: "在 `~/.domain/trace` 下保留最近 50 次请求的经过，供 `carya trace --list` 查看；密码、票据均已遮盖",
			EN: "keep what the last 50 requests went through below `~/.domain/trace`, for `carya trace --list`; passwords and tickets are masked"}, (*compiler).trace},
		{"api-doc", "true/false", "true", domain.Text{
			ZH: "false：不写入接口文档（`_openapi.json`、`_docs`、生成的客户端）",
			EN: "false keeps it out of the documentation (`_openapi.json`, `_docs`, generated clients)"}, (*compiler).document},
		{"api-public", "true/false", "false", domain.Text{
			ZH: "任何人都可以调用这个会写入的接口，确是有意为之：`carya check` 不再提醒",
			EN: "that everybody may call an endpoint that writes is meant: `carya check` does not warn"}, (*compiler).publicly},
		{"api-params", "object", "", domain.Text{
			ZH: "参数的形状，写入文档：`{limit:\"integer?\",tags:[\"string\"]}`；类型有 string、number、integer、boolean、object、any，`?` 表示可省略",
			EN: "the shape of parameters, for the documentation: `{limit:\"integer?\",tags:[\"string\"]}`; types are string, number, integer, boolean, object and any, `?` may be absent"}, (*compiler).takesShape},
		{"api-returns", "object, list or text", "", domain.Text{
			ZH: "响应数据的形状（信封里的 data），写法同 api-params",
			EN: "the shape of the answer's data (inside of an envelope), written as api-params"}, (*compiler).returnsShape},
		{"http-envelope", "text", "ok", domain.Text{
			ZH: "JSON 响应的形状：`ok`、`errno`、`state`、`oauth` 或 `result`；脚本只输出数据（或 ok 信封），由引擎包装",
			EN: "the shape of JSON answers: `ok`, `errno`, `state`, `oauth` or `result`; the script prints the data (or the envelope ok), the engine wraps it"}, (*compiler).envelope},
		{"http-envelope-table", "text", "", domain.Text{
			ZH: "错误码对照表文件：`{fields:{service:\"x\"},codes:{\"e.auth.*\":{code:-3007,text:\"没有权限\",status:200}}}`；文字里可用 `${msg}`、`${detail}`、`${data}`",
			EN: "a file that maps error codes: `{fields:{service:\"x\"},codes:{\"e.auth.*\":{code:-3007,text:\"no right\",status:200}}}`; texts may hold `${msg}`, `${detail}`, `${data}`"}, (*compiler).envelopeTable},
		{"http-rate", "text", "", domain.Text{
			ZH: "每个地址的请求频率，如 `20/10s`、`10/m`；`none` 表示不计入限制",
			EN: "requests per address, `20/10s`, `10/m`; `none` is not counted at all"}, (*compiler).rate},
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return keys
}

// keyTable finds a key's row.
type keyTable map[string]Key

func newKeyTable() keyTable {
	t := keyTable{}
	for _, k := range Keys() {
		t[k.Name] = k
	}
	return t
}

// row is the row of a key.
func (t keyTable) row(name string) (Key, bool) {
	if strings.HasPrefix(name, headerPrefix) && len(name) > len(headerPrefix) {
		name = headerPrefix + "<Name>"
	}
	k, ok := t[name]
	return k, ok
}

// engineKey reports whether a key is one of the engine's, known or not.
func engineKey(name string) bool {
	for _, p := range []string{"http-", "api-", "pvg-", "cache-"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	switch name {
	case "preload", "copy-cookie", "history", "histest", "hismetas", "hisname":
		return true
	}
	return false
}
