module github.com/caryahq/carya

go 1.26

require (
	github.com/fsnotify/fsnotify v1.10.1
	github.com/rs/xid v1.6.0
	github.com/tidwall/btree v1.8.2
	github.com/tidwall/gjson v1.20.0
)

require (
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
	golang.org/x/sys v0.13.0 // indirect
)
