module github.com/caryahq/carya

go 1.26.0

require (
	github.com/dchest/captcha v1.1.0
	github.com/fsnotify/fsnotify v1.10.1
	github.com/rs/xid v1.6.0
	github.com/tidwall/btree v1.8.2
	github.com/tidwall/gjson v1.20.0
	github.com/tidwall/sjson v1.2.5
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
)
