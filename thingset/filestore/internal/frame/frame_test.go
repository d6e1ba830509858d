package frame

import (
	"bytes"
	"testing"
)

func sealed(payload string, at Place) []byte {
	f := append(Begin(nil), payload...)
	Seal(f, at)
	return f
}

func TestFrameOpensOnlyWholeAndInItsPlace(t *testing.T) {
	t.Parallel()
	at := Place{3, 700}
	f := sealed("payload", at)
	if got, n, ok := Open(append(bytes.Clone(f), "more"...), at); !ok || string(got) != "payload" || n != len(f) {
		t.Fatalf("%q %d %v", got, n, ok)
	}
	for cut := range f {
		if _, _, ok := Open(f[:cut], at); ok {
			t.Errorf("opens when cut to %d", cut)
		}
	}
	for i := range f {
		bad := bytes.Clone(f)
		bad[i] ^= 0x40
		if _, _, ok := Open(bad, at); ok {
			t.Errorf("opens with byte %d changed", i)
		}
	}
	for _, other := range []Place{{3, 701}, {2, 700}, {}} {
		if _, _, ok := Open(f, other); ok {
			t.Errorf("opens at %v", other)
		}
	}
}

func TestFindSeesTheNextFrame(t *testing.T) {
	t.Parallel()
	junk := bytes.Repeat([]byte{0, 7}, 40)
	data := append(bytes.Clone(junk), sealed("x", Place{1, 1000 + 80})...)
	if i := Find(data, Place{1, 1000}); i != 80 {
		t.Errorf("found at %d", i)
	}
	if i := Find(junk, Place{1, 1000}); i != -1 {
		t.Errorf("found at %d", i)
	}
}

func FuzzDecoderNeverPanicsAndStopsAtItsFirstFault(f *testing.F) {
	f.Add(AppendBytes(AppendBytes(nil, "ab"), []byte("c")))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := Decoder{Rest: data}
		for range 100 {
			d.Byte()
			d.Uvarint()
			d.Bytes()
			if d.Uint32(); d.Bad && (d.Byte() != 0 || d.Bytes() != nil || d.Uvarint() != 0) {
				t.Fatal("read on after a fault")
			}
		}
	})
}
