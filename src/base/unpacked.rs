//! Decompression of what others packed: a few bytes never become more than their reader can mean.

use std::io::{self, Read};

/// Bytes that anything may unpack to.
const ALWAYS: u64 = 64 << 20;
/// Unpacked bytes for each packed byte beyond that: measured data does not pack so well, and runs of one value do.
const RATIO: u64 = 4096;

/// Most bytes that so many packed ones may unpack to.
pub fn most(packed: usize) -> u64 {
    (packed as u64).saturating_mul(RATIO).max(ALWAYS)
}

/// Everything that a decompressor of so many packed bytes has; more than they may unpack to, or more than `limit`, is an error.
pub fn read(from: impl Read, packed: usize, limit: u64) -> io::Result<Vec<u8>> {
    let most = most(packed).min(limit);
    let mut plain = Vec::new();
    if from.take(most + 1).read_to_end(&mut plain)? as u64 > most {
        return Err(too_much(packed, most));
    }
    Ok(plain)
}

/// The bytes in a frame of zstd.
pub fn zstd(packed: &[u8]) -> io::Result<Vec<u8>> {
    read(::zstd::stream::read::Decoder::with_buffer(packed)?, packed.len(), u64::MAX)
}

/// Error of bytes that unpack to more than they may.
pub fn too_much(packed: usize, most: u64) -> io::Error {
    let problem = format!("{packed} bytes unpack to more than {} MB", most >> 20);
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_refused_before_they_are_in_memory() {
        let bomb = |length: u64| {
            let mut packed = ::zstd::stream::read::Encoder::new(io::repeat(0).take(length), 1).unwrap();
            let mut bytes = Vec::new();
            packed.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let small = bomb(ALWAYS);
        assert_eq!(zstd(&small).unwrap().len() as u64, ALWAYS);
        let large = bomb(ALWAYS + 1);
        assert!((large.len() as u64) < ALWAYS / RATIO, "{}", large.len());
        let problem = zstd(&large).unwrap_err().to_string();
        assert_eq!(problem, format!("{} bytes unpack to more than 64 MB", large.len()));
        assert!(
            read(&large[..], large.len(), 10).unwrap_err().to_string().contains("unpack to more than 0 MB")
        );
    }
}
