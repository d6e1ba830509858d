package domain

import "runtime"

// Processors is how many processors this process has for its work. That Go may run more
// at once (the server has it do so on small machines) does not make it more.
func Processors() int { return min(runtime.NumCPU(), runtime.GOMAXPROCS(0)) }
