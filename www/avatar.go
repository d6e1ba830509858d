package www

import (
	"io"

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
		Params: []shell.Param{siteParam(), {Name: "USER", Optional: true, Help: text("账户", "whose picture")}},
		Options: answerOptions(
			shell.Option{Name: "file", Arity: shell.Required, Type: shell.Ref, Arg: "PATH", Help: text("设为域中的这个图片文件", "take this picture file of the domain")},
			shell.Option{Name: "url", Arity: shell.Required, Arg: "URL", Help: text("设为该网址的图片（复制一份）", "take the picture at this address; it is copied")},
			shell.Option{Name: "ticket", Arity: shell.Required, Arg: "TICKET", Help: text("会话票据：本人的头像", "a session's ticket: one's own picture")},
			shell.Option{Name: "u", Help: text("设为管道中的图片", "take the picture in the pipe")},
			shell.Option{Name: "object", Help: text("输出图片对象而非内容", "print the picture's object in place of its bytes")},
		),
		Reads:  true,
		Writes: true,
		Run:    s.avatar,
	}
}

func (s *Service) avatar(c *shell.Call) error {
	_, site, err := s.at(c)
	if err != nil {
		return err
	}
	who, mine, err := s.whosePicture(c, site)
	if err != nil {
		return err
	}
	if c.Has("file") || c.Has("url") || c.Has("u") {
		if !mine {
			if err := s.allowed(c, site, mayEdit); err != nil {
				return err
			}
		}
		data, ext, err := s.newPicture(c)
		if err != nil {
			return err
		}
		err = s.setAvatar(c, site, who, data, ext)
		e := Event{Act: "account", Site: site, Whom: who, What: "thumb", Err: err}
		if mine {
			e.Who = who.ID
		}
		s.audit(c, e)
		return err
	}
	path, err := domain.ParsePath(who.get("thumb").String())
	if err != nil || path == "" || !path.Below(avatarDir(site, who)) {
		return domain.E("e.io.obj.noexists", domain.Text{ZH: "没有头像", EN: "no picture"})
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

// whosePicture is the person of -ticket or of USER, and whether that is the caller.
func (s *Service) whosePicture(c *shell.Call, site *Site) (*Person, bool, error) {
	if c.Has("ticket") {
		se, err := s.session(c.Context(), site, c.Opt("ticket").Text())
		if err != nil {
			return nil, false, err
		}
		return se.Person, true, nil
	}
	if !c.Arg(1).Given() {
		return nil, false, domain.E("e.cmd.usage", domain.Text{ZH: "谁的头像？给出 USER 或 -ticket TICKET", EN: "whose picture? USER or -ticket TICKET"})
	}
	who, err := s.asked(c, site, c.Arg(1).Text())
	return who, err == nil && isMe(c, site, who), err
}

// newPicture reads the picture of -file, of -url, or of the pipe.
func (s *Service) newPicture(c *shell.Call) (data []byte, ext string, err error) {
	wrong := domain.E("e.cmd.arg", domain.Text{ZH: "应是不超过 2 MiB 的图片（PNG、JPEG、GIF、WebP）", EN: "want a picture (PNG, JPEG, GIF, WebP) of at most 2 MiB"})
	switch {
	case c.Has("u"):
		data, err = io.ReadAll(io.LimitReader(c.In, maxAvatar+1))
	case c.Has("file"):
		data, err = pictureFile(c)
	case s.o.Fetch == nil:
		err = domain.E("e.http.failed", domain.Text{ZH: "这里不能读取其他服务器", EN: "nothing can be read from other servers here"})
	default:
		data, err = s.o.Fetch(c.Context(), c.Domain, c.Who, c.Opt("url").Text(), maxAvatar)
	}
	if err != nil {
		return nil, "", err
	}
	ext = pictureType(data)
	if ext == "" || len(data) > maxAvatar || (c.Who != domain.Owner || c.Has("url")) && !isShowable(data) {
		return nil, "", wrong
	}
	return data, ext, nil
}

func pictureFile(c *shell.Call) ([]byte, error) {
	ref, err := c.Opt("file").Ref()
	if err != nil {
		return nil, err
	}
	obj, err := c.Tree().Object(ref)
	if err != nil {
		return nil, err
	}
	if obj.Len > maxAvatar {
		return nil, nil // no picture
	}
	return c.Tree().ReadWithin(obj.Path, maxAvatar)
}

// setAvatar keeps a picture and notes its path in the account's thumb.
func (s *Service) setAvatar(c *shell.Call, site *Site, who *Person, data []byte, ext string) error {
	path, err := avatarDir(site, who).Join(domain.NewID() + ext)
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
		return nil, domain.E("e.json", domain.Text{ZH: "应是由字段组成的对象", EN: "want an object of fields"})
	}
	if gjson.GetBytes(fields, "nm").Exists() {
		return fields, nil
	}
	return withField(fields, "nm", name), nil
}
