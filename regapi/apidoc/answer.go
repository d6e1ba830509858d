package apidoc

// The shapes of JSON answers, by the names that http-envelope gives them.
const (
	Bare     = ""      // whatever the script prints
	Envelope = "ok"    // {"ok":true,"data":…} or {"ok":false,"errCode":…,"msg":…}
	Errno    = "errno" // {"errno":0,"data":…} or {"errno":-1,"errText":…}
	State    = "state" // {"state":"ok", members…} or {"state":"failed","reason":…}
	OAuth    = "oauth" // the data, or {"error":…,"error_description":…} with a status of its own
	Result   = "result"
)

// failure is the name of the schema of an operation's failures.
func (op *Operation) failure() string {
	switch op.Shape {
	case Errno, State, OAuth, Result:
		return op.Shape + "Error"
	}
	return "Error"
}

func schemas() obj {
	text := obj{"type": "string"}
	object := func(props obj, required ...string) obj {
		return obj{"type": "object", "required": required, "properties": props}
	}
	return obj{
		"Error":       object(obj{"ok": obj{"const": false}, "errCode": text, "msg": text, "data": obj{}, "requestId": text}, "ok", "errCode", "msg"),
		"errnoError":  object(obj{"errno": obj{"not": obj{"const": 0}}, "errText": text}, "errno", "errText"),
		"stateError":  object(obj{"state": obj{"const": "failed"}, "reason": text}, "state", "reason"),
		"oauthError":  object(obj{"error": text, "error_description": text}, "error"),
		"resultError": object(obj{"successful": obj{"const": false}, "code": text, "name": text, "message": text, "option": obj{}, "data": obj{"type": "null"}}, "successful", "code", "message"),
	}
}

// success is the schema of a success in the operation's shape.
func (op *Operation) success() obj {
	data := op.Returns.schema()
	switch op.Shape {
	case Envelope:
		return obj{"type": "object", "required": []string{"ok"}, "properties": obj{"ok": obj{"const": true}, "data": data}}
	case Errno:
		return obj{"type": "object", "required": []string{"errno"}, "properties": obj{"errno": obj{"const": 0}, "data": data}}
	case State:
		own := obj{"type": "object", "required": []string{"state"}, "properties": obj{"state": obj{"const": "ok"}}}
		if op.Returns == nil || op.Returns.Fields == nil {
			own["properties"].(obj)["data"] = data
			return own
		}
		return obj{"allOf": []obj{own, data}}
	case Result:
		return obj{"type": "object", "required": []string{"successful", "code"}, "properties": obj{"successful": obj{"const": true},
			"code": obj{"type": "string"}, "name": obj{"type": "string"}, "message": obj{"type": "string"}, "option": obj{}, "data": op.listed().schema()}}
	}
	return data
}

// listed is the data of the shape result: of a page {list,pager} the list.
func (op *Operation) listed() *Shape {
	if op.Returns != nil {
		var list *Shape
		pager := false
		for _, f := range op.Returns.Fields {
			if f.Name == "list" {
				list = f.Shape
			}
			pager = pager || f.Name == "pager"
		}
		if pager && list != nil {
			return list
		}
	}
	return op.Returns
}

// tsShaped is what an operation's promise holds, in TypeScript.
func (op *Operation) tsShaped() string {
	data := op.Returns.ts()
	switch op.Shape {
	case Errno:
		return "{ errno: 0; data: " + data + " } | { errno: number; errText: string; data?: undefined }"
	case State:
		if op.Returns == nil || op.Returns.Fields == nil {
			data = "{ data?: " + data + " }"
		}
		return `({ state: "ok" } & ` + data + `) | { state: "failed"; reason: string }`
	case Result:
		return "{ successful: true; code: string; option: unknown; data: " + op.listed().ts() + " } | { successful: false; code: string; name: string; message: string; option: unknown; data: null }"
	}
	return data
}
