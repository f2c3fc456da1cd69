//! The bytes of ROS messages: CDR of DDS for ROS 2, the packed form of ROS 1.
//!
//! CDR: OMG DDS-XTypes 1.3, 7.4; alignment counts after the four bytes of the encapsulation header.

use std::borrow::Cow;

use super::error::MessageError;
use super::ros::{Count, Definitions, Plain, Type};
use super::value::Value;

struct Wire<'a> {
    data: &'a [u8],
    at: usize,
    big_endian: bool,
    /// Largest alignment; 1 for ROS 1.
    align: usize,
    /// True if strings end with a counted zero.
    closed: bool,
    /// True if arrays of anything but plain numbers begin with their size in bytes, as in XCDR2.
    delimited: bool,
}

/// Decodes a message of ROS 2.
pub(super) fn decode_cdr<'a>(
    definitions: &'a Definitions,
    message: &'a [u8],
) -> Result<Value<'a>, MessageError> {
    let Some((head, data)) = message.split_first_chunk::<4>() else { return Err(MessageError::Truncated) };
    // Two bytes name the encoding, two more are options.
    let (big_endian, second) = match head {
        [0, 0, ..] => (true, false),
        [0, 1, ..] => (false, false),
        [0, 6, ..] => (true, true),
        [0, 7, ..] => (false, true),
        [0, 2 | 3 | 10 | 11, ..] => {
            return Err(MessageError::unsupported(
                "messages with a list of parameters (PL_CDR) are not supported",
            ));
        }
        [0, 8 | 9, ..] => {
            return Err(MessageError::unsupported("messages in delimited CDR (D_CDR2) are not supported"));
        }
        [a, b, ..] => {
            return Err(MessageError::damaged(format!(
                "it does not begin like CDR (bytes {a:02x} {b:02x}), it may be compressed"
            )));
        }
    };
    let align = if second { 4 } else { 8 };
    let mut wire = Wire { data, at: 0, big_endian, align, closed: true, delimited: second };
    let value = wire.record(definitions, 0)?;
    // Writers fill up to a multiple of four bytes.
    wire.ended(3)?;
    Ok(value)
}

/// Decodes a message of ROS 1.
pub(super) fn decode_packed<'a>(
    definitions: &'a Definitions,
    data: &'a [u8],
) -> Result<Value<'a>, MessageError> {
    let mut wire = Wire { data, at: 0, big_endian: false, align: 1, closed: false, delimited: false };
    let value = wire.record(definitions, 0)?;
    wire.ended(0)?;
    Ok(value)
}

impl<'a> Wire<'a> {
    /// Refuses a message that has more bytes than its definition: that is the definition of another message.
    fn ended(&self, padding: usize) -> Result<(), MessageError> {
        let left = self.data.len().saturating_sub(self.at);
        if left > padding {
            return Err(MessageError::mismatch(format!("it has {left} bytes more than its definition says")));
        }
        Ok(())
    }

    fn record(&mut self, definitions: &'a Definitions, at: usize) -> Result<Value<'a>, MessageError> {
        let fields = definitions
            .records
            .get(at)
            .ok_or_else(|| MessageError::definition("the definition is damaged"))?;
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let plain = matches!(
                field.of,
                Type::Plain(Plain::Bool | Plain::Int(_) | Plain::Uint(_) | Plain::Float(_))
            );
            if self.delimited && !plain && field.count != Count::One {
                self.unsigned(4)?;
            }
            let value = match field.count {
                Count::One => self.one(definitions, field.of)?,
                Count::Fixed(count) => self.many(definitions, field.of, count)?,
                Count::Any => {
                    let count = self.unsigned(4)? as usize;
                    self.many(definitions, field.of, count)?
                }
            };
            values.push((Cow::Borrowed(field.name.as_str()), value));
        }
        if fields.is_empty() && self.closed {
            // ROS 2 fills a record without fields with one byte.
            self.take(1)?;
        }
        Ok(Value::Record(values))
    }

    fn one(&mut self, definitions: &'a Definitions, of: Type) -> Result<Value<'a>, MessageError> {
        Ok(match of {
            Type::Record(at) => self.record(definitions, at)?,
            Type::Plain(Plain::Bool) => Value::Bool(self.unsigned(1)? != 0),
            Type::Plain(Plain::Int(size)) => Value::Int(self.signed(size)?),
            Type::Plain(Plain::Uint(size)) => Value::Uint(self.unsigned(size)?),
            Type::Plain(Plain::Float(size)) => Value::Float(self.float(size)?),
            Type::Plain(Plain::Text) => Value::Text(self.text()?),
            Type::Plain(Plain::WideText) => {
                let count = self.unsigned(4)? as usize;
                self.fits(count, 2)?;
                let units: Result<Vec<u16>, MessageError> =
                    (0..count).map(|_| self.unsigned(2).map(|unit| unit as u16)).collect();
                Value::Text(Cow::Owned(String::from_utf16_lossy(&units?)))
            }
            Type::Plain(Plain::Time { signed }) => {
                let sec = if signed { Value::Int(self.signed(4)?) } else { Value::Uint(self.unsigned(4)?) };
                let nanosec = Value::Int(self.signed(4)?);
                Value::Record(vec![(Cow::Borrowed("sec"), sec), (Cow::Borrowed("nanosec"), nanosec)])
            }
        })
    }

    fn many(
        &mut self,
        definitions: &'a Definitions,
        of: Type,
        count: usize,
    ) -> Result<Value<'a>, MessageError> {
        match of {
            Type::Plain(Plain::Uint(1)) => Ok(Value::Bytes(Cow::Borrowed(self.take(count)?))),
            Type::Plain(plain @ (Plain::Bool | Plain::Int(_) | Plain::Uint(_) | Plain::Float(_))) => {
                let size = match plain {
                    Plain::Int(size) | Plain::Uint(size) | Plain::Float(size) => size,
                    Plain::Bool | Plain::Text | Plain::WideText | Plain::Time { .. } => 1,
                };
                self.fits(count, usize::from(size))?;
                let mut numbers = Vec::with_capacity(count);
                for _ in 0..count {
                    numbers.push(match plain {
                        Plain::Float(size) => self.float(size)?,
                        Plain::Int(size) => self.signed(size)? as f64,
                        Plain::Bool | Plain::Uint(_) | Plain::Text | Plain::WideText | Plain::Time { .. } => {
                            self.unsigned(size)? as f64
                        }
                    });
                }
                Ok(Value::Numbers(numbers))
            }
            other @ (Type::Record(_) | Type::Plain(Plain::Text | Plain::WideText | Plain::Time { .. })) => {
                self.fits(count, 1)?;
                let entries: Result<Vec<Value<'a>>, MessageError> =
                    (0..count).map(|_| self.one(definitions, other)).collect();
                Ok(Value::List(entries?))
            }
        }
    }

    /// A count that the rest of the message cannot hold is wrong and must not be allocated.
    fn fits(&self, count: usize, size: usize) -> Result<(), MessageError> {
        let left = self.data.len().saturating_sub(self.at);
        if count.checked_mul(size).is_none_or(|bytes| bytes > left) {
            return Err(MessageError::damaged(format!(
                "the message declares {count} entries, more than it can hold"
            )));
        }
        Ok(())
    }

    fn text(&mut self) -> Result<Cow<'a, str>, MessageError> {
        let length = self.unsigned(4)? as usize;
        let bytes = self.take(length)?;
        let bytes = if self.closed { bytes.strip_suffix(&[0]).unwrap_or(bytes) } else { bytes };
        Ok(String::from_utf8_lossy(bytes))
    }

    fn signed(&mut self, size: u8) -> Result<i64, MessageError> {
        let value = self.unsigned(size)?;
        let unused = 64 - 8 * u32::from(size);
        Ok((value << unused).cast_signed() >> unused)
    }

    fn float(&mut self, size: u8) -> Result<f64, MessageError> {
        let bits = self.unsigned(size)?;
        Ok(if size == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) })
    }

    fn unsigned(&mut self, size: u8) -> Result<u64, MessageError> {
        let size = usize::from(size);
        self.at = self.at.next_multiple_of(size.min(self.align));
        let bytes = self.take(size)?;
        let mut all = [0_u8; 8];
        if self.big_endian {
            all[8 - size..].copy_from_slice(bytes);
            Ok(u64::from_be_bytes(all))
        } else {
            all[..size].copy_from_slice(bytes);
            Ok(u64::from_le_bytes(all))
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], MessageError> {
        let end = self.at.checked_add(count).ok_or(MessageError::Truncated)?;
        let bytes = self.data.get(self.at..end).ok_or(MessageError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }
}
