//! The Common Data Representation of DDS, as far as ROS 2 images need it.

/// Reads values in order; alignment counts after the four bytes of the encapsulation header.
pub(super) struct Cdr<'a> {
    data: &'a [u8],
    at: usize,
    big_endian: bool,
}

const ENDS: &str = "the CDR message ends early";

impl<'a> Cdr<'a> {
    pub(super) fn new(message: &'a [u8]) -> Result<Self, String> {
        let (Some(kind), Some(data)) = (message.get(1), message.get(4..)) else {
            return Err(ENDS.to_owned());
        };
        Ok(Self { data, at: 0, big_endian: kind & 1 == 0 })
    }

    /// `std_msgs/Header`: stamp and frame.
    pub(super) fn header(&mut self) -> Result<(), String> {
        self.u32()?;
        self.u32()?;
        self.string().map(drop)
    }

    pub(super) fn u8(&mut self) -> Result<u8, String> {
        self.take::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take::<4>()?;
        Ok(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn f32(&mut self) -> Result<f32, String> {
        self.u32().map(f32::from_bits)
    }

    pub(super) fn f64(&mut self) -> Result<f64, String> {
        let bytes = self.take::<8>()?;
        Ok(if self.big_endian { f64::from_be_bytes(bytes) } else { f64::from_le_bytes(bytes) })
    }

    /// A sequence of bytes.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.u32()? as usize;
        let end = self.at.checked_add(length).ok_or(ENDS)?;
        let bytes = self.data.get(self.at..end).ok_or(ENDS)?;
        self.at = end;
        Ok(bytes)
    }

    /// A string with its closing zero.
    pub(super) fn string(&mut self) -> Result<&'a str, String> {
        let bytes = self.bytes()?;
        let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        std::str::from_utf8(text).map_err(|err| format!("a string is not UTF-8 ({err})"))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.at = self.at.next_multiple_of(N);
        let bytes = self.data.get(self.at..self.at + N).ok_or(ENDS)?;
        self.at += N;
        bytes.try_into().map_err(|err| format!("{ENDS} ({err})"))
    }
}
