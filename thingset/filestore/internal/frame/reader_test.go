package frame

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A Reader says of every place what Open and Find say of the whole file.
func TestAReaderSeesWhatOneSeesInTheWholeFile(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	var data []byte
	for i := range 60 {
		switch i % 6 {
		case 2:
			data = append(data, make([]byte, rnd.IntN(window/2))...)
		case 4:
			for range rnd.IntN(50) {
				data = append(data, byte(rnd.Uint32()))
			}
		case 5: // a head whose payload is torn
			f := sealed("some payload", Place{7, int64(len(data))})
			data = append(data, f[:len(f)-3]...)
		default:
			payload := bytes.Repeat([]byte{byte(i)}, rnd.IntN(window/10)+1)
			if i == 30 {
				payload = bytes.Repeat(payload, 30)
			}
			data = append(data, sealed(string(payload), Place{7, int64(len(data))})...)
		}
	}
	r := NewReader(bytes.NewReader(data), 7, int64(len(data)))
	frames := 0
	for at := 0; at < len(data); {
		want := Find(data[at:], Place{7, int64(at)})
		got, err := r.Find(int64(at))
		if err != nil || want < 0 != (got < 0) || want >= 0 && got != int64(at+want) {
			t.Fatalf("from %d: %d %v, want %d", at, got, err, want)
		}
		if want < 0 {
			break
		}
		at += want
		payload, n, _ := Open(data[at:], Place{7, int64(at)})
		got2, n2, ok, err := r.At(int64(at))
		if !ok || err != nil || n != n2 || !bytes.Equal(payload, got2) {
			t.Fatalf("at %d: %d %v %v", at, n2, ok, err)
		}
		frames++
		at += n
	}
	if frames != 30 {
		t.Errorf("%d frames", frames)
	}
	if cap(r.buf) >= len(data) {
		t.Errorf("%d bytes of %d are held", cap(r.buf), len(data))
	}
}
