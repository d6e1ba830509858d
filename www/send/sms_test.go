package send

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
)

const smsSecret = "sms/s3cret+="

// The vendors' own examples of their signatures, from their documentation.
func TestPublishedSignatures(t *testing.T) {
	t.Parallel()
	req, _ := http.NewRequest("POST", "https://ecs.cn-shanghai.aliyuncs.com/?"+
		acsQuery(url.Values{"ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}, "RegionId": {"cn-shanghai"}}), nil)
	signACS3(req, "RunInstances", "2014-05-26", "YourAccessKeyId", "YourAccessKeySecret",
		"3156853299f313e23d1673dc12e1703d", time.Date(2023, 10, 26, 10, 22, 32, 0, time.UTC))
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0") {
		t.Errorf("aliyun: %s", got)
	}

	body := []byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`)
	req, _ = http.NewRequest("POST", "https://cvm.tencentcloudapi.com/", nil)
	req.Header.Set("X-TC-Action", "DescribeInstances")
	signTC3(req, "cvm", body, "AKID********************************", "********************************", time.Unix(1551113065, 0))
	if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f") {
		t.Errorf("tencent: %s", got)
	}
}

// mac is the tests' own HMAC, as the servers of the vendors have one.
func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return string(h.Sum(nil))
}

func sum(text string) string { s := sha256.Sum256([]byte(text)); return hex.EncodeToString(s[:]) }

// provider is a server of one vendor's: check tells whether a request is signed, ok
// and no are its answers.
type provider struct {
	conf   string // with %s for the address
	check  func(r *http.Request, body string) error
	got    func(r *http.Request, body string) (to, text string)
	status int
	ok, no string
}

func providers() map[string]provider {
	return map[string]provider{
		"aliyun": {
			conf:  `use:"aliyun", url:"%s", keyId:"LTAI", sign:"云 店", templates:{"*":"SMS_1", "auth.en":"SMS_2"}, params:["code","minutes"]`,
			check: checkACS3,
			got: func(r *http.Request, _ string) (string, string) {
				return r.FormValue("PhoneNumbers"), r.FormValue("SignName") + r.FormValue("TemplateCode") + r.FormValue("TemplateParam")
			},
			status: 200, ok: `{"Code":"OK","BizId":"1"}`, no: `{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"123456"}`,
		},
		"tencent": {
			conf:  `use:"tencent", url:"%s", keyId:"AKID", app:"1400", sign:"云店", templates:"1110", params:["code","minutes"]`,
			check: checkTC3,
			got: func(_ *http.Request, body string) (string, string) {
				return gjson.Get(body, "PhoneNumberSet.0").String(), gjson.Get(body, "TemplateId").String() + gjson.Get(body, "TemplateParamSet").Raw
			},
			status: 200, ok: `{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}`, no: `{"Response":{"SendStatusSet":[{"Code":"FailedOperation.PhoneNumberInBlacklist"}]}}`,
		},
		"twilio": {
			conf: `use:"twilio", url:"%s", sid:"AC1", from:"+15005550006"`,
			check: func(r *http.Request, _ string) error {
				if sid, token, _ := r.BasicAuth(); sid != "AC1" || token != smsSecret || r.URL.Path != "/2010-04-01/Accounts/AC1/Messages.json" {
					return fmt.Errorf("%s at %s", sid, r.URL.Path)
				}
				return nil
			},
			got: func(_ *http.Request, body string) (string, string) {
				q, _ := url.ParseQuery(body)
				return q.Get("To"), q.Get("From") + q.Get("Body")
			},
			status: 201, ok: `{"sid":"SM1","status":"queued"}`, no: `{"code":21211,"message":"123456"}`,
		},
		"gateway": {
			conf: `use:"gateway", url:"%s/send"`,
			check: func(r *http.Request, body string) error {
				want := hex.EncodeToString([]byte(mac(smsSecret, r.Header.Get("X-Carya-Timestamp")+"."+body)))
				at, err := strconv.ParseInt(r.Header.Get("X-Carya-Timestamp"), 10, 64)
				if r.Header.Get("X-Carya-Signature") != "sha256="+want || err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Minute {
					return fmt.Errorf("signature")
				}
				return nil
			},
			got: func(_ *http.Request, body string) (string, string) {
				return gjson.Get(body, "to").String(), gjson.Get(body, "text").String()
			},
			status: 204, no: `{}`,
		},
	}
}

// checkACS3 computes the signature from what arrived, as the documentation says.
func checkACS3(r *http.Request, body string) error {
	var pairs []string
	for key, list := range r.URL.Query() {
		pairs = append(pairs, strings.ReplaceAll(url.QueryEscape(key)+"="+url.QueryEscape(list[0]), "+", "%20"))
	}
	sort.Strings(pairs)
	auth := strings.TrimPrefix(r.Header.Get("Authorization"), "ACS3-HMAC-SHA256 ")
	parts := map[string]string{}
	for _, p := range strings.Split(auth, ",") {
		k, v, _ := strings.Cut(p, "=")
		parts[k] = v
	}
	canon := r.Method + "\n" + r.URL.Path + "\n" + strings.Join(pairs, "&") + "\n"
	for _, name := range strings.Split(parts["SignedHeaders"], ";") {
		v := r.Header.Get(name)
		if name == "host" {
			v = r.Host
		}
		canon += name + ":" + v + "\n"
	}
	canon += "\n" + parts["SignedHeaders"] + "\n" + sum(body)
	at, err := time.Parse("2006-01-02T15:04:05Z", r.Header.Get("x-acs-date"))
	switch want := hex.EncodeToString([]byte(mac(smsSecret, "ACS3-HMAC-SHA256\n"+sum(canon)))); {
	case parts["Signature"] != want || parts["Credential"] != "LTAI" || sum(body) != r.Header.Get("x-acs-content-sha256"):
		return fmt.Errorf("SignatureDoesNotMatch %s", auth)
	case err != nil || time.Since(at).Abs() > 15*time.Minute || r.Header.Get("x-acs-signature-nonce") == "":
		return fmt.Errorf("date or nonce")
	case r.Header.Get("x-acs-action") != "SendSms" || r.Header.Get("x-acs-version") != "2017-05-25":
		return fmt.Errorf("action")
	}
	return nil
}

// checkTC3 likewise.
func checkTC3(r *http.Request, body string) error {
	h := r.Header
	ts, err := strconv.ParseInt(h.Get("X-TC-Timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(ts, 0)).Abs() > 5*time.Minute {
		return fmt.Errorf("AuthFailure.SignatureExpire")
	}
	date := time.Unix(ts, 0).UTC().Format("2006-01-02")
	canon := "POST\n/\n\ncontent-type:" + h.Get("Content-Type") + "\nhost:" + r.Host + "\nx-tc-action:" + strings.ToLower(h.Get("X-TC-Action")) +
		"\n\ncontent-type;host;x-tc-action\n" + sum(body)
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s/sms/tc3_request\n%s", ts, date, sum(canon))
	sig := hex.EncodeToString([]byte(mac(mac(mac(mac("TC3"+smsSecret, date), "sms"), "tc3_request"), text)))
	want := "TC3-HMAC-SHA256 Credential=AKID/" + date + "/sms/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=" + sig
	if h.Get("Authorization") != want || h.Get("X-TC-Action") != "SendSms" || h.Get("X-TC-Version") != "2021-01-11" || h.Get("X-TC-Region") == "" {
		return fmt.Errorf("AuthFailure.SignatureFailure %s", h.Get("Authorization"))
	}
	return nil
}

// smsDesk is a domain that sends by a provider's server.
func smsDesk(t *testing.T, p provider, h http.HandlerFunc) *desk {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	w := newDesk(t, `{senders:{sms:{`+fmt.Sprintf(p.conf, srv.URL)+`, secret:"file:secrets/sms"}}}`, quick)
	w.write("secrets/sms", smsSecret)
	return w
}

func TestProvidersGetSignedMessages(t *testing.T) {
	t.Parallel()
	wants := map[string][2]string{
		"aliyun":  {"13900000001", `云 店SMS_2{"code":"123456","minutes":"5"}`},
		"tencent": {"+8613900000001", `1110["123456","5"]`},
		"twilio":  {"+8613900000001", "+15005550006Your code is 123456. It is good for 5 minutes. If you did not ask for it, ignore this message."},
		"gateway": {"+8613900000001", "Your code is 123456. It is good for 5 minutes. If you did not ask for it, ignore this message."},
	}
	for name, p := range providers() {
		n := 0
		w := smsDesk(t, p, func(out http.ResponseWriter, r *http.Request) {
			n++
			raw, _ := io.ReadAll(r.Body)
			if err := p.check(r, string(raw)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if to, text := p.got(r, string(raw)); to != wants[name][0] || text != wants[name][1] {
				t.Errorf("%s: %q %q", name, to, text)
			}
			out.WriteHeader(p.status)
			io.WriteString(out, p.ok)
		})
		id, err := w.post.Send(t.Context(), code(SMS, "+8613900000001"))
		if err != nil || n != 1 || w.state(id).Get("sender").String() != name {
			t.Errorf("%s: %d calls, %v", name, n, err)
		}
	}
}

func TestProvidersFail(t *testing.T) {
	t.Parallel()
	for name, p := range providers() {
		for what, c := range map[string]struct {
			status int
			body   string
			calls  int
			want   string
		}{
			"refusal":   {map[string]int{"twilio": 400, "gateway": 422}[name], p.no, 1, "e.send.refused"},
			"wrong key": {401, `{}`, 1, "e.send.refused"},
			"too often": {429, `{}`, 3, "e.send.failed"},
			"broken":    {502, `<html>123456`, 3, "e.send.failed"},
			"huge":      {200, strings.Repeat("x", maxAnswer+1), 3, "e.send.failed"},
			"redirect":  {302, ``, 1, "e.send.refused"},
		} {
			n := 0
			w := smsDesk(t, p, func(out http.ResponseWriter, _ *http.Request) {
				n++
				out.Header().Set("Location", "/elsewhere")
				out.WriteHeader(max(c.status, 200))
				io.WriteString(out, c.body)
			})
			_, err := w.post.Send(t.Context(), code(SMS, "+8613900000001"))
			if domain.CodeOf(err) != c.want || n != c.calls {
				t.Errorf("%s, %s: %d calls, %v", name, what, n, err)
			}
			for _, text := range []string{fmt.Sprint(err), w.log.String()} {
				if strings.Contains(text, "s3cret") || strings.Contains(text, "123456") {
					t.Errorf("%s, %s: a secret in %s", name, what, text)
				}
			}
		}
	}
}

func TestProvidersAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, p := range providers() {
		ids := map[string]bool{}
		n := 0
		w := smsDesk(t, p, func(out http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			ids[gjson.GetBytes(raw, "id").String()] = true
			if n++; n < 3 {
				panic(http.ErrAbortHandler)
			}
			if err := p.check(r, string(raw)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			out.WriteHeader(p.status)
			io.WriteString(out, p.ok)
		})
		if id, err := w.post.Send(t.Context(), code(SMS, "+8613900000001")); err != nil || w.state(id).Get("tries").Int() != 3 || len(ids) != 1 {
			t.Errorf("%s: %v, ids %v", name, err, ids)
		}
	}
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	for name, p := range providers() {
		full := map[string]any{}
		raw, _ := json.Marshal(gjson.Parse(relaxedJSON(t, fmt.Sprintf(p.conf, "https://x.example.com")+`, secret:"file:secrets/sms"`)).Value())
		if err := json.Unmarshal(raw, &full); err != nil {
			t.Fatal(err)
		}
		for key := range full {
			if key == "use" || key == "params" || key == "sign" && name == "tencent" || key == "url" && name != "gateway" {
				continue
			}
			conf := map[string]any{}
			for k, v := range full {
				if k != key {
					conf[k] = v
				}
			}
			raw, _ := json.Marshal(map[string]any{"senders": map[string]any{"sms": conf}})
			w := newDesk(t, string(raw), quick)
			w.write("secrets/sms", smsSecret)
			if _, err := w.post.Send(t.Context(), code(SMS, "+8613900000001")); domain.CodeOf(err) != "e.send.config" || !strings.Contains(err.Error(), "senders.sms."+key) {
				t.Errorf("%s without %s: %v", name, key, err)
			}
		}
	}
	for _, bad := range []string{"http://sms.example.com", "ftp://x", "https://a@b", "//x", "http://127.0.0.1.example.com", "https://x?y=1"} {
		if _, err := ServiceURL(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func relaxedJSON(t *testing.T, text string) string {
	t.Helper()
	raw, err := relaxed.ToJSON("{" + text + "}")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
