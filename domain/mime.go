package domain

import (
	"mime"
	"strings"
)

// MimeOf is the media type of an extension (lower case, no dot), without
// parameters. The common web types come from an own table, so that all machines
// agree; others from the machine's; the rest is application/octet-stream.
func MimeOf(ext string) string {
	if m, ok := webMimes[ext]; ok {
		return m
	}
	if ext != "" {
		if m := mime.TypeByExtension("." + ext); m != "" {
			m, _, _ = strings.Cut(m, ";")
			return strings.TrimSpace(m)
		}
	}
	return "application/octet-stream"
}

const office = "application/vnd.openxmlformats-officedocument."

// webMimes is what the IANA registry and the WHATWG MIME standard say. It is
// never changed.
var webMimes = map[string]string{
	"html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml",
	"css": "text/css", "js": "text/javascript", "mjs": "text/javascript", "cjs": "text/javascript",
	"json": "application/json", "map": "application/json", "jsonl": "application/jsonl",
	"webmanifest": "application/manifest+json", "wasm": "application/wasm",
	"txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv",
	"xml": "text/xml", "yaml": "application/yaml", "yml": "application/yaml",
	"ics": "text/calendar", "eml": "message/rfc822", "pdf": "application/pdf",

	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
	"webp": "image/webp", "avif": "image/avif", "bmp": "image/bmp", "tiff": "image/tiff",
	"svg": "image/svg+xml", "ico": "image/vnd.microsoft.icon",
	"woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf",

	"mp4": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
	"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "aac": "audio/aac",
	"m4a": "audio/mp4", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg",

	"zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar",
	"7z": "application/x-7z-compressed", "doc": "application/msword",
	"docx": office + "wordprocessingml.document", "xlsx": office + "spreadsheetml.sheet",
	"pptx": office + "presentationml.presentation",
}
