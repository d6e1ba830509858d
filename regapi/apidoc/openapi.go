package apidoc

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/caryahq/carya/domain"
)

// obj is a JSON object under construction; its keys come out sorted.
type obj = map[string]any

// OpenAPI is the document of an API in one language, OpenAPI 3.1.0
// (https://spec.openapis.org/oas/v3.1.0).
func OpenAPI(a *API, l domain.Lang) ([]byte, error) {
	paths := obj{}
	for i := range a.Operations {
		op := &a.Operations[i]
		item, ok := paths[op.Path].(obj)
		if !ok {
			item = obj{}
			paths[op.Path] = item
		}
		item[strings.ToLower(op.Method)] = op.openAPI(l)
	}
	return json.MarshalIndent(obj{
		"openapi": "3.1.0",
		"info":    obj{"title": a.Domain, "version": "1", "description": domain.Text{ZH: "由接口脚本生成", EN: "made from the endpoints' scripts"}.In(l)},
		"servers": []obj{{"url": "/"}},
		"tags":    tags(a),
		"paths":   paths,
		"components": obj{
			"schemas":         schemas(),
			"securitySchemes": securitySchemes(),
		},
	}, "", "  ")
}

func tags(a *API) []obj {
	out, seen := []obj{}, map[string]bool{}
	for _, op := range a.Operations {
		if !seen[op.Tag] {
			seen[op.Tag] = true
			out = append(out, obj{"name": op.Tag})
		}
	}
	return out
}

func securitySchemes() obj {
	return obj{
		"ticket":      obj{"type": "http", "scheme": "bearer", "description": "a session ticket / 会话票据"},
		"accessToken": obj{"type": "http", "scheme": "bearer", "description": "the endpoint's access token / 接口访问令牌"},
	}
}

func (op *Operation) openAPI(l domain.Lang) obj {
	out := obj{"operationId": op.ID, "tags": []string{op.Tag}, "responses": op.responses()}
	if s := op.Summary.In(l); s != "" {
		out["summary"] = s
	}
	if s := op.Help.In(l); s != "" {
		out["description"] = s
	}
	if len(op.Params) > 0 {
		out["parameters"] = op.parameters(l)
	}
	if b := op.requestBody(l); b != nil {
		out["requestBody"] = b
	}
	if s := op.security(); s != nil {
		out["security"] = s
	}
	for name, list := range map[string]any{"x-errors": op.Errors, "x-permissions": op.Rights} {
		if s, _ := json.Marshal(list); string(s) != "null" {
			out[name] = list
		}
	}
	return out
}

func (op *Operation) parameters(l domain.Lang) []obj {
	var out []obj
	for _, p := range op.Params {
		schema := p.Shape.schema()
		if p.Default != "" {
			schema["default"] = p.value()
		}
		one := obj{"name": p.Name, "in": p.In, "required": p.Required || p.In == "path", "schema": schema}
		if h := p.Help.In(l); h != "" {
			one["description"] = h
		}
		out = append(out, one)
	}
	return out
}

// value is the default as JSON of the parameter's type.
func (p Param) value() any {
	switch p.Shape.Type {
	case "integer", "number", "boolean", "object", "array":
		var v any
		if json.Unmarshal([]byte(p.Default), &v) == nil {
			return v
		}
	}
	return p.Default
}

func (op *Operation) requestBody(l domain.Lang) obj {
	if op.RawBody && op.Body == nil {
		return obj{"content": obj{"*/*": obj{}}}
	}
	if op.Body == nil {
		return nil
	}
	props, required := obj{}, []string{}
	for _, p := range op.Body {
		s := p.Shape.schema()
		if h := p.Help.In(l); h != "" {
			s["description"] = h
		}
		if p.Default != "" {
			s["default"] = p.value()
		}
		props[p.Name] = s
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := obj{"type": "object", "properties": props}
	if len(required) > 0 {
		schema["required"] = required
	}
	content := obj{"application/json": obj{"schema": schema}}
	if !op.RawBody {
		content["application/x-www-form-urlencoded"] = obj{"schema": schema}
	}
	return obj{"content": content}
}

func (op *Operation) responses() obj {
	failed := obj{"description": "an error of the engine", "content": obj{"application/json": obj{"schema": obj{"$ref": "#/components/schemas/" + op.failure()}}}}
	out := obj{"default": failed}
	text := http.StatusText(op.Status)
	if text == "" {
		text = "done"
	}
	done := obj{"description": text}
	switch {
	case op.Status >= 300 && op.Status < 400:
		done["headers"] = obj{"Location": obj{"schema": obj{"type": "string"}}}
	case op.Status != http.StatusNoContent:
		content := obj{}
		for _, t := range op.Types {
			content[t] = obj{"schema": op.answerSchema(t)}
		}
		done["content"] = content
	}
	out[strconv.Itoa(op.Status)] = done
	return out
}

// answerSchema is the schema of a success's body.
func (op *Operation) answerSchema(contentType string) obj {
	switch {
	case !strings.Contains(contentType, "json"):
		return obj{}
	case op.Shape == Bare, op.Shape == OAuth:
		return op.success()
	}
	return obj{"oneOf": []obj{op.success(), {"$ref": "#/components/schemas/" + op.failure()}}}
}

func (op *Operation) security() []obj {
	var out []obj
	switch {
	case op.Token:
		out = append(out, obj{"accessToken": []string{}})
	case op.Ticket == Must:
		out = append(out, obj{"ticket": []string{}})
	case op.Ticket == May:
		out = append(out, obj{}, obj{"ticket": []string{}})
	}
	return out
}
