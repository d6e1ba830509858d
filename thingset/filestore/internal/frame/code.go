package frame

import "encoding/binary"

// AppendBytes appends a length and the bytes.
func AppendBytes[T ~string | ~[]byte](dst []byte, b T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// Decoder reads a payload. OK turns false at the first fault; everything read
// afterwards is zero.
type Decoder struct {
	Rest []byte
	Bad  bool
}

// OK reports whether everything was read well and nothing is left.
func (d *Decoder) OK() bool { return !d.Bad && len(d.Rest) == 0 }

// More reports whether there is more to read.
func (d *Decoder) More() bool { return !d.Bad && len(d.Rest) > 0 }

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if d.Bad || len(d.Rest) == 0 {
		d.fail()
		return 0
	}
	b := d.Rest[0]
	d.Rest = d.Rest[1:]
	return b
}

// Uvarint reads a number.
func (d *Decoder) Uvarint() uint64 {
	v, n := binary.Uvarint(d.Rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.Rest = d.Rest[n:]
	return v
}

// Uint32 reads a number of four bytes, little endian.
func (d *Decoder) Uint32() uint32 {
	if len(d.Rest) < 4 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint32(d.Rest)
	d.Rest = d.Rest[4:]
	return v
}

// Bytes reads what AppendBytes wrote, without a copy.
func (d *Decoder) Bytes() []byte {
	n := d.Uvarint()
	if d.Bad || n > uint64(len(d.Rest)) {
		d.fail()
		return nil
	}
	b := d.Rest[:n:n]
	d.Rest = d.Rest[n:]
	return b
}

// String is Bytes as a string of its own.
func (d *Decoder) String() string { return string(d.Bytes()) }

func (d *Decoder) fail() { d.Bad, d.Rest = true, nil }
