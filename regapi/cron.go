package regapi

import (
	"io/fs"
	"slices"
	"time"

	"github.com/caryahq/carya/domain"
	"github.com/caryahq/carya/domain/relaxed"
	"github.com/caryahq/carya/shell"
)

// CronDir is where a domain's jobs lie, a file a job, written as an endpoint is:
// comment, metadata with cron-at, %COPY: … %END%.
const CronDir = folder + "/cron"

// defaultJobTime is a job's deadline unless cron-timeout says another.
const defaultJobTime = 10 * time.Minute

// maxJobs is how many jobs of a domain are read.
const maxJobs = 1000

// CronJob is one job of a domain. It runs as the owner, without a request.
type CronJob struct {
	Name    string // of its file
	Doc     string
	At      *Schedule
	Timeout time.Duration
	CatchUp bool // a run that was missed is made up for, once
	Script  *shell.Script
}

// CronJobs reads a domain's jobs, sorted by name, and what is wrong with them;
// a job with a fault is left out.
func CronJobs(d *domain.Domain, reg *shell.Registry) (jobs []*CronJob, faults []domain.Fault) {
	fsys := d.FS()
	entries, err := fs.ReadDir(fsys, CronDir)
	if err != nil {
		return nil, nil // most have none
	}
	if len(entries) > maxJobs {
		faults = append(faults, domain.FaultAt("~/"+CronDir, 0, 0, domain.Textf("任务过多：只读取前 %v 个", "too many jobs: the first %v are read", maxJobs)))
		entries = entries[:maxJobs]
	}
	for _, e := range entries {
		if !e.IsDir() && e.Type()&fs.ModeSymlink == 0 && isEndpointName(e.Name()) {
			job, wrong := readJob(fsys, e.Name(), reg)
			faults = append(faults, wrong...)
			if job != nil {
				jobs = append(jobs, job)
			}
		}
	}
	return jobs, faults
}

func readJob(fsys fs.FS, name string, reg *shell.Registry) (*CronJob, []domain.Fault) {
	file := "~/" + CronDir + "/" + name
	src, err := fs.ReadFile(fsys, CronDir+"/"+name)
	if err != nil {
		return nil, []domain.Fault{domain.FaultAt(file, 0, 0, domain.TextOf(err))}
	}
	f, wrong := splitFile(string(src))
	if wrong != nil {
		return nil, []domain.Fault{faultAt(file, wrong.at, wrong.msg)}
	}
	job := &CronJob{Name: name, Doc: f.doc, Timeout: defaultJobTime}
	meta := parseMeta(file, f.meta, f.metaAt)
	faults := append(slices.Clone(meta.faults), job.settings(meta)...)
	if job.At == nil && len(faults) == 0 {
		faults = append(faults, faultAt(file, f.bodyAt, domain.Text{ZH: `元数据必须写明何时运行：{"cron-at":"0 3 * * *"}`, EN: `the metadata must say when it runs: {"cron-at":"0 3 * * *"}`}))
	}
	job.Script, err = reg.CompileText(f.body, shell.CompileOptions{File: file, At: f.bodyAt})
	if err != nil {
		faults = append(faults, few(scriptFaults(file, f.bodyAt, err))...)
	}
	if isBlank(f.body) {
		faults = append(faults, faultAt(file, f.bodyAt, domain.Text{ZH: "脚本是空的", EN: "the script is empty"}))
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return job, nil
}

// settings reads a job's metadata.
func (j *CronJob) settings(m *metaText) (faults []domain.Fault) {
	if m.node == nil {
		return nil
	}
	for _, f := range m.node.Fields {
		s, msg := setting{f.Key, f.Value, m}, domain.Text{}
		switch f.Key {
		case "cron-at":
			at, err := ParseSchedule(f.Value.String())
			if f.Value.Kind != relaxed.String {
				msg = domain.Text{ZH: "必须是文本", EN: "must be a text"}
			} else if err != nil {
				msg = domain.TextOf(err)
			}
			j.At = at
		case "cron-timeout":
			msg = s.duration(&j.Timeout)
		case "cron-catch-up":
			msg = s.flag(&j.CatchUp)
		default:
			msg = domain.Text{ZH: "不是任务的键：cron-at、cron-timeout、cron-catch-up", EN: "is no key of a job: cron-at, cron-timeout, cron-catch-up"}
		}
		if !msg.Empty() {
			faults = append(faults, m.fault(f.Value.Offset, domain.Textf("%s：%s", "%s: %s", f.Key, msg)))
		}
	}
	return faults
}
