package bench

import (
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profile writes where the processor's time goes until stop is called, into a
// file that `go tool pprof` reads.
func (o Options) profile(name string) (stop func(), err error) {
	if o.Profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(o.Profile, name+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}
