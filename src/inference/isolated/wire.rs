//! Wire format of tensors between this program and the process that runs a model.

use std::io::{Error, ErrorKind, Read, Write};

use crate::inference::Tensor;
use crate::inference::error::GraphError;

/// Response of the process.
pub(super) enum Answer {
    /// The outputs of a run, or `None` once the model is loaded.
    Tensors(Vec<Tensor>),
    /// Error message.
    Problem(String),
}

/// Start of every message, to detect other data on the pipe.
const MAGIC: [u8; 4] = *b"HCi1";
/// Limits of a message: longest name or sentence, most dimensions and most tensors.
const TEXT: u32 = 1 << 20;
const RANK: u32 = 16;
const COUNT: u32 = 4096;
/// Numbers that are read at once, so that a wrong length allocates nothing.
const AT_ONCE: usize = 1 << 18;

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_owned())
}

fn number(from: &mut impl Read, most: u32) -> Result<u32, Error> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    let value = u32::from_le_bytes(bytes);
    if value > most { Err(wrong("an invalid length")) } else { Ok(value) }
}

fn text(from: &mut impl Read) -> Result<String, Error> {
    let mut bytes = vec![0; number(from, TEXT)? as usize];
    from.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write_text(to: &mut impl Write, text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    let bytes = bytes.get(..TEXT as usize).unwrap_or(bytes);
    to.write_all(&(bytes.len() as u32).to_le_bytes())?;
    to.write_all(bytes)
}

/// Writes the inputs of a request.
pub(super) fn write_tensors(to: &mut impl Write, tensors: &[Tensor]) -> Result<(), Error> {
    to.write_all(&(tensors.len() as u32).to_le_bytes())?;
    tensors.iter().try_for_each(|tensor| write_tensor(to, tensor))
}

pub(super) fn read_tensors(from: &mut impl Read) -> Result<Vec<Tensor>, Error> {
    (0..number(from, COUNT)?).map(|_| read_tensor(from)).collect()
}

fn write_tensor(to: &mut impl Write, tensor: &Tensor) -> Result<(), Error> {
    write_text(to, &tensor.name)?;
    to.write_all(&(tensor.shape.len() as u32).to_le_bytes())?;
    for side in &tensor.shape {
        to.write_all(&(*side as u64).to_le_bytes())?;
    }
    let mut bytes = Vec::with_capacity(4 * AT_ONCE.min(tensor.data.len()));
    for part in tensor.data.chunks(AT_ONCE) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        to.write_all(&bytes)?;
    }
    Ok(())
}

fn read_tensor(from: &mut impl Read) -> Result<Tensor, Error> {
    let name = text(from)?;
    let rank = number(from, RANK)?;
    let mut shape = Vec::new();
    for _ in 0..rank {
        let mut bytes = [0; 8];
        from.read_exact(&mut bytes)?;
        shape.push(usize::try_from(u64::from_le_bytes(bytes)).map_err(|_err| wrong("an invalid dimension"))?);
    }
    let mut left = shape
        .iter()
        .try_fold(1_usize, |all, side| all.checked_mul(*side))
        .ok_or_else(|| wrong("an invalid shape"))?;
    let mut data = Vec::new();
    let mut bytes = vec![0; 4 * AT_ONCE.min(left)];
    while left > 0 {
        let now = AT_ONCE.min(left);
        from.read_exact(&mut bytes[..4 * now])?;
        data.extend(bytes[..4 * now].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        left -= now;
    }
    Ok(Tensor { name, shape, data })
}

/// Writes the outputs of a run; an error is sent as its message.
pub(super) fn write_answer(
    to: &mut impl Write,
    answer: &Result<Vec<Tensor>, GraphError>,
) -> Result<(), Error> {
    to.write_all(&MAGIC)?;
    match answer {
        Ok(tensors) => {
            to.write_all(&(tensors.len() as u32 + 1).to_le_bytes())?;
            tensors.iter().try_for_each(|tensor| write_tensor(to, tensor))?;
        }
        Err(err) => {
            to.write_all(&0_u32.to_le_bytes())?;
            write_text(to, &err.to_string())?;
        }
    }
    to.flush()
}

pub(super) fn read_answer(from: &mut impl Read) -> Result<Answer, Error> {
    let mut magic = [0; 4];
    from.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(wrong("an unknown message"));
    }
    Ok(match number(from, COUNT)? {
        0 => Answer::Problem(text(from)?),
        count => Answer::Tensors((1..count).map(|_| read_tensor(from)).collect::<Result<_, _>>()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_come_back_as_they_were_and_nonsense_is_an_error() {
        let data: Vec<f32> = (0..600_000).map(|i| i as f32 * 0.5 - 7.0).collect();
        let large = Tensor { name: "größe".to_owned(), shape: vec![2, 300_000], data };
        let empty = Tensor { name: String::new(), shape: vec![0, 4], data: Vec::new() };
        let mut bytes = Vec::new();
        write_answer(&mut bytes, &Ok(vec![large.clone(), empty.clone()])).unwrap();
        match read_answer(&mut bytes.as_slice()).unwrap() {
            Answer::Tensors(tensors) => assert_eq!(tensors, [large, empty]),
            Answer::Problem(problem) => unreachable!("{problem}"),
        }
        for cut in [0, 3, 9, 20, bytes.len() - 1] {
            assert!(read_answer(&mut &bytes[..cut]).is_err());
        }
        assert!(read_answer(&mut b"Segmentation fault".as_slice()).is_err());
        let lie = [&MAGIC[..], &2_u32.to_le_bytes(), &[0; 4], &2_u32.to_le_bytes(), &[255; 16]].concat();
        assert!(read_answer(&mut lie.as_slice()).is_err());
    }
}
