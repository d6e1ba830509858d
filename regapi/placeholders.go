package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// Placeholders lists the placeholders of a request: names and what they hold.
// A name that ends with <…> is a prefix.
func Placeholders() []Placeholder {
	return []Placeholder{
		{"id", domain.Text{ZH: "请求对象：`cat id:${id}` 输出请求体", EN: "the request object: `cat id:${id}` prints the body"}},
		{"args", domain.Text{ZH: "地址里的通配段，一个列表", EN: "the wildcard segments of the address, a list"}},
		{"params.<name>", domain.Text{ZH: "api-param-name 命名的通配段", EN: "a wildcard segment that api-param-name names"}},
		{"http-method", domain.Text{ZH: "GET、POST…；HEAD 按 GET 执行", EN: "GET, POST, …; a HEAD runs as GET"}},
		{"http-uri", domain.Text{ZH: "地址的路径，原样", EN: "the path of the address, as sent"}},
		{"http-url", domain.Text{ZH: "完整地址，含协议与主机", EN: "the whole address, with scheme and host"}},
		{"http-protocol", domain.Text{ZH: "HTTP/1.1 或 HTTP/2.0", EN: "HTTP/1.1 or HTTP/2.0"}},
		{"http-host", domain.Text{ZH: "主机名，带请求中写出的端口", EN: "the host name, with its port when one was sent"}},
		{"http-remote", domain.Text{ZH: "客户端地址", EN: "the client's address"}},
		{"http-usr", domain.Text{ZH: "登录者的名字", EN: "the name of who is signed in"}},
		{"http-grp", domain.Text{ZH: "登录者的组", EN: "the group of who is signed in"}},
		{"http-api", domain.Text{ZH: "接口文件在 .regapi 下的路径", EN: "the endpoint's file below .regapi"}},
		{"http-qs", domain.Text{ZH: "查询串，原样", EN: "the query string, as sent"}},
		{"http-qs-<lower>", domain.Text{ZH: "查询参数", EN: "a parameter of the query"}},
		{"http-header-<UPPER>", domain.Text{ZH: "请求头", EN: "a request header"}},
		{"http-cookie-<UPPER>", domain.Text{ZH: "请求的 cookie", EN: "a cookie"}},
		{"http-www-site", domain.Text{ZH: "请求所说的站点：请求给出 ID 时为 `id:…`，否则为 http-www-home 或 ~/www", EN: "the site that the request is about: `id:…` where the request gives an id, else http-www-home or ~/www"}},
		{"http-www-ticket", domain.Text{ZH: "请求携带的会话票据", EN: "the session ticket that the request carries"}},
		{"http-www-se-id", domain.Text{ZH: "会话 ID", EN: "the session's id"}},
		{"http-www-se-ticket", domain.Text{ZH: "会话票据", EN: "the session's ticket"}},
		{"http-www-me", domain.Text{ZH: "登录者的账户，一个对象", EN: "the account of who is signed in, an object"}},
		{"pvg", domain.Text{ZH: "pvg-setup 的全部权限，一个对象 {名字:true/false}", EN: "all permissions of pvg-setup, an object {name:true/false}"}},
		{"pvg-<name>", domain.Text{ZH: "pvg-setup 的一个权限：调用者具备为 true，否则 false", EN: "a permission of pvg-setup: true when the caller has it, else false"}},
		{"http-www-me-<field>", domain.Text{ZH: "该账户的一个字段", EN: "a field of that account"}},
	}
}

// Placeholder is a row of the reference of request placeholders.
type Placeholder struct {
	Name string
	Help domain.Text
}

// covers reports whether the row is about a key.
func (p Placeholder) covers(key string) bool {
	if prefix, _, ok := strings.Cut(p.Name, "<"); ok {
		return len(key) > len(prefix) && strings.HasPrefix(key, prefix)
	}
	return key == p.Name
}

// reserved reports whether a name, or a path that begins with it, is a placeholder of the
// engine: nothing that a caller sends stands for it, also where the engine has no value.
func reserved(name string) bool {
	if shell.ServerName(name) {
		return true
	}
	switch firstStep(name) {
	case "id", "args", "params", "pvg":
		return true
	}
	return false
}

// firstStep is the name before the first dot or bracket of a key.
func firstStep(key string) string {
	if i := strings.IndexAny(key, ".["); i >= 0 {
		return key[:i]
	}
	return key
}
