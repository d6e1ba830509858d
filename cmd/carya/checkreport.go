package main

import (
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/regapi"
)

// checkReport prints what check found, in one of three forms.
type checkReport struct {
	w      io.Writer
	format string // text, json, github
	lang   domain.Lang
	root   string // as the person named it
	broken int    // faults that are more than warnings
	json   []checkedDomain
}

// checkedDomain is a domain in the JSON form.
type checkedDomain struct {
	Domain string         `json:"domain"`
	Routes []regapi.Route `json:"routes"`
	Faults []checkedFault `json:"faults"`
}

type checkedFault struct {
	File     string `json:"file"` // from where the person stands
	Object   string `json:"object"`
	Line     int    `json:"line"` // 0: the whole file
	Col      int    `json:"col"`
	Severity string `json:"severity"` // error, warning
	Message  string `json:"message"`
}

func (r *checkReport) domain(name string, routes []regapi.Route, faults []domain.Fault) error {
	for _, f := range faults {
		if !f.Warn {
			r.broken++
		}
	}
	switch r.format {
	case "json":
		r.json = append(r.json, checkedDomain{name, append([]regapi.Route{}, routes...), r.faults(name, faults)})
		return nil
	case "github":
		return r.annotations(name, faults)
	}
	return r.text(name, routes, faults)
}

func (r *checkReport) text(name string, routes []regapi.Route, faults []domain.Fault) error {
	tw := tabwriter.NewWriter(r.w, 0, 4, 2, ' ', 0)
	for _, route := range routes {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", route.Path, route.Methods, route.File)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, f := range faults {
		if _, err := fmt.Fprintf(r.w, "%s: %s\n", name, f.In(r.lang)); err != nil {
			return err
		}
	}
	return nil
}

func (r *checkReport) faults(name string, faults []domain.Fault) []checkedFault {
	out := []checkedFault{}
	for _, f := range faults {
		severity := "error"
		if f.Warn {
			severity = "warning"
		}
		out = append(out, checkedFault{r.path(name, f.File), f.File, f.Line, f.Col, severity, f.MsgIn(r.lang)})
	}
	return out
}

// path is a domain's file from where the person stands.
func (r *checkReport) path(name, file string) string {
	return path.Join(r.root, name, strings.TrimPrefix(file, "~/"))
}

// annotations are workflow commands of GitHub Actions
// (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
func (r *checkReport) annotations(name string, faults []domain.Fault) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, f := range r.faults(name, faults) {
		if _, err := fmt.Fprintf(r.w, "::%s file=%s,line=%d,col=%d::%s\n", f.Severity, property.Replace(f.File), max(f.Line, 1), max(f.Col, 1), message.Replace(f.Message)); err != nil {
			return err
		}
	}
	return nil
}

func (r *checkReport) end() error {
	if r.format != "json" {
		return nil
	}
	return printJSON(r.w, append([]checkedDomain{}, r.json...))
}
