// Package grant is the operator's word: what each domain may do beyond its own
// folder. It stands in <root>/.carya/operator.json, which `carya grant` writes and
// a person may edit; relaxed JSON is read:
//
//	{
//	  domains: {
//	    demo: {
//	      hosts:    ["shop.example.com", "商店.cn", "203.0.113.7"], // the host names that are the domain
//	      owner:    "xiaobai",                                     // domains of one owner trust each other's pages
//	      networks: ["10.1.0.0/16", "127.0.0.1:9000"],             // reachable although not public: CIDR[:PORT]
//	      env:      ["SMTP_PASSWD"],                               // variables that its settings may name
//	      shares:   {slots: 64, body: "64MiB"},                    // see Shares
//	    },
//	  },
//	  shares: {streams: 50}, // of every domain that has no other
//	}
//
// Everything may be absent; a missing file grants nothing and leaves the shares at
// their defaults. Of two domains that have one host the first in the file has it.
//
// What a domain says of itself, in its own folder, is its owner's word and reaches
// no further than the folder. A Table is what the file says at one moment; a Book
// keeps it current.
package grant
