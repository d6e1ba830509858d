package www

import (
	"io"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/shell"
)

// maxAvatar bounds an avatar's picture, in bytes.
const maxAvatar = 2 << 20

// avatarVerb is `www avatar SITE USER`: print somebody's picture, or set it.
func (s *Service) avatarVerb() *shell.Command {
	text := func(zh, en string) domain.Text { return domain.Text{ZH: zh, EN: en} }
	return &shell.Command{
		Name:   "avatar",
		Manual: manual("avatar"),
		Params: []shell.Param{siteParam(), {Name: "USER", Help: text("账户", "whose picture")}},
		Options: answerOptions(
			shell.Option{Name: "file", Arity: shell.Required, Type: shell.Ref, Arg: "PATH", Help: text("设为域中的这个图片文件", "take this picture file of the domain")},
			shell.Option{Name: "object", Help: text("输出图片对象而非内容", "print the picture's object in place of its bytes")},
		),
		Writes: true,
		Run:    s.avatar,
	}
}

func (s *Service) avatar(c *shell.Call) error {
	p, site, err := s.at(c)
	if err != nil {
		return err
	}
	who, err := s.asked(c, site, c.Arg(1).Text())
	if err != nil {
		return err
	}
	if c.Has("file") {
		return s.setAvatar(c, p, site, who)
	}
	path, err := domain.ParsePath(who.get("thumb").String())
	if err != nil || path == "" || !path.Below(avatarDir(site, who)) {
		return domain.E("e.io.obj.noexists", "no picture")
	}
	tree := c.Domain.Tree(domain.Owner)
	if c.Has("object") {
		obj, err := tree.Stat(path)
		if err != nil {
			return err
		}
		return c.Reply(obj.AppendJSON(nil))
	}
	f, err := tree.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(c.Out, f)
	return err
}

// avatarDir is where a person's pictures are kept: among the files of the thing.
func avatarDir(site *Site, who *Person) domain.Path {
	return site.Accounts + domain.Path("/data/"+who.ID+"/thumb")
}

// setAvatar copies a picture and notes its path in the account's thumb.
func (s *Service) setAvatar(c *shell.Call, p *people, site *Site, who *Person) error {
	if !isMe(c, site, who) {
		if err := s.allowed(c, site, mayEdit); err != nil {
			return err
		}
	}
	ref, err := c.Opt("file").Ref()
	if err != nil {
		return err
	}
	obj, err := c.Tree().Object(ref)
	if err != nil {
		return err
	}
	if obj.Len > maxAvatar || !strings.HasPrefix(obj.Mime, "image/") || strings.Contains(obj.Mime, "svg") {
		return domain.E("e.cmd.arg", "want a picture (PNG, JPEG, GIF, WebP) of at most 2 MiB")
	}
	data, err := c.Tree().ReadFile(obj.Path)
	if err != nil {
		return err
	}
	path, err := avatarDir(site, who).Join(domain.NewID() + "." + obj.Type)
	if err != nil {
		return err
	}
	tree := c.Domain.Tree(domain.Owner)
	if err := tree.WriteFile(path, data); err != nil {
		return err
	}
	old := who.get("thumb").String()
	rec, err := site.people.Update(c.Context(), who.ID, jsonField("thumb", path.String()))
	if err != nil {
		return err
	}
	if was, err := domain.ParsePath(old); err == nil && was != "" && was.Below(avatarDir(site, who)) {
		_ = tree.Remove(was, false) // an old picture that stays harms nobody
	}
	return c.Reply(personOf(rec).own())
}

// withName adds nm to fields that have none.
func withName(fields []byte, name string) ([]byte, error) {
	if !gjson.ParseBytes(fields).IsObject() {
		return nil, domain.E("e.json", "want an object of fields")
	}
	if gjson.GetBytes(fields, "nm").Exists() {
		return fields, nil
	}
	return withField(fields, "nm", name), nil
}
