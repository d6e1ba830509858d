package regapi

import (
	"strings"

	"github.com/caryahq/carya/domain"
)

// Reference is the page of all endpoint metadata and all placeholders of a
// request, Markdown in one language. It is made from the tables that the engine
// works with.
func Reference(l domain.Lang) string {
	var b strings.Builder
	say := func(zh, en string) { b.WriteString(domain.Text{ZH: zh, EN: en}.In(l)) }
	say("# 接口元数据\n\n", "# Endpoint metadata\n\n")
	say("由引擎所用的表生成，请勿手改。\n\n写在接口文件的元数据、它旁边的 `.F.meta.json`，或所在目录的 `.meta.json`（作为默认值）里；近的优先。\n\n",
		"Made from the tables that the engine works with; do not edit.\n\nIt stands in the endpoint's file, in `.F.meta.json` beside it, or in the `.meta.json` of a folder above as a default; the nearest counts. One of them has at most 64 KiB.\n\n")
	say("| 键 | 类型 | 默认 | 含义 |\n|---|---|---|---|\n", "| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, k := range Keys() {
		row(&b, "`"+k.Name+"`", k.Type, code(k.Default), k.Help.In(l))
	}
	say("\n# 请求占位符\n\n| 占位符 | 含义 |\n|---|---|\n", "\n# Placeholders of a request\n\n| placeholder | meaning |\n|---|---|\n")
	for _, p := range Placeholders() {
		row(&b, "`${"+p.Name+"}`", p.Help.In(l))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func row(b *strings.Builder, cells ...string) {
	for _, c := range cells {
		b.WriteString("| " + escapeCell(c) + " ")
	}
	b.WriteString("|\n")
}

// escapeCell keeps a bar from ending a table's cell.
func escapeCell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
