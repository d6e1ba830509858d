package www

import (
	"slices"
	"strings"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// A scene is what a code is for. An endpoint's text fixes its scenes: a request
// names one of those that the text lists (-scenes), or one that every site has. So
// a request never makes a scene, and a code for one thing does no other.

// usualScenes are there for every site.
var usualScenes = []string{"robot", "auth", "bind", "resetpasswd"}

// passwdScene is the scene of codes that set a password, unless -scenes says otherwise.
const passwdScene = "resetpasswd"

// scenesOption is -scenes: what the text lets a request name.
func scenesOption() shell.Option {
	return shell.Option{Name: "scenes", Arity: shell.Required, Arg: "LIST",
		Help: domain.Text{ZH: "允许的场景，逗号分隔；不给则请求只能使用站点已有的场景", EN: "which scenes there may be, by comma; without it a request names only those that every site has"}}
}

// scenesOf are the scenes of -scenes; nil without. A list that is data is refused: it
// would be the request's choice.
func scenesOf(c *shell.Call) ([]string, error) {
	if !c.Has("scenes") {
		return nil, nil
	}
	arg := c.Opt("scenes")
	if isData(arg) {
		return nil, domain.E("e.cmd.option", domain.Text{ZH: "-scenes 必须写明，不能来自占位符", EN: "-scenes is written out: it takes no placeholder"})
	}
	list := strings.Split(arg.Text(), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}

// isData reports whether a placeholder brought a part of the word.
func isData(a shell.Arg) bool {
	for text, data := range a.Pieces() {
		if data && text != "" {
			return true
		}
	}
	return false
}

// sceneOf is the scene that a word names, or def when it names none: e.cmd.arg for
// one that is not the endpoint's.
func sceneOf(c *shell.Call, site *Site, word shell.Arg, def string) (string, error) {
	scene := firstOf(word.Text(), def)
	list, err := scenesOf(c)
	switch {
	case err != nil:
		return "", err
	case !isScene(scene):
		return "", domain.E("e.cmd.arg", domain.Text{ZH: "scene：字母、数字、- 与 _，最多 32 个字符", EN: "scene: letters, digits, - and _, at most 32"})
	case list != nil && !slices.Contains(list, scene):
		return "", domain.E("e.cmd.arg", domain.Textf("scene：只有 %v", "scene: there are %v", strings.Join(list, ", ")))
	case list == nil && c.Who != domain.Owner && isData(word) && !site.hasScene(scene):
		return "", domain.E("e.cmd.arg", domain.Text{ZH: "scene：没有这个场景；脚本用 -scenes 列出请求可以使用的", EN: "scene: there is no such; the script lists with -scenes what a request may name"})
	}
	return scene, nil
}

// answeredScene is sceneOf for a code that somebody gives: no code lives in a scene
// that is not the endpoint's.
func answeredScene(c *shell.Call, site *Site, word shell.Arg, def string) (string, error) {
	scene, err := sceneOf(c, site, word, def)
	if domain.CodeOf(err) == "e.cmd.arg" && isData(word) {
		err = domain.E("e.auth.captcha.invalid")
	}
	return scene, err
}

// pictureScene is the scene of a captcha that is answered beside something else
// (-capscene): -scenes says nothing of it.
func pictureScene(c *shell.Call, site *Site, def string) (string, error) {
	word := c.Opt("capscene")
	scene := firstOf(word.Text(), def)
	if c.Who != domain.Owner && isData(word) && !site.hasScene(scene) {
		return "", domain.E("e.auth.captcha.invalid")
	}
	return scene, nil
}

// hasScene reports whether a site has a scene, whatever its endpoints say.
func (site *Site) hasScene(scene string) bool {
	return slices.Contains(usualScenes, scene) || scene == site.Captcha
}

func isScene(name string) bool {
	if name == "" || len(name) > 32 {
		return false
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

// captchaDir holds a folder a site, and in that one a scene.
const captchaDir = domain.Path(".domain/captcha")
