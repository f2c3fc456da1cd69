//! Arrays of `NumPy`: files of `numpy.savez` and `numpy.save`.

use std::io::Read as _;

/// The numbers of one array in a file of `numpy.savez_compressed`: a ZIP archive of NPY files.
pub fn array(npz: &[u8], name: &str) -> Vec<u8> {
    let number = |at: usize, count: usize| {
        npz[at..at + count].iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    // From the central directory, whose sizes are always there.
    let mut at = number(npz.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap() + 16, 4);
    loop {
        assert_eq!(npz[at..at + 4], *b"PK\x01\x02", "{name} is in the archive");
        let (packed, name_length) = (number(at + 20, 4), number(at + 28, 2));
        let (extra, comment, local) = (number(at + 30, 2), number(at + 32, 2), number(at + 42, 4));
        if npz[at + 46..at + 46 + name_length] == *name.as_bytes() {
            let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
            let mut npy = Vec::new();
            flate2::read::DeflateDecoder::new(&npz[start..start + packed]).read_to_end(&mut npy).unwrap();
            let header = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
            return npy[header..].to_vec();
        }
        at += 46 + name_length + extra + comment;
    }
}

/// Numbers in single precision.
pub fn singles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Numbers in double precision.
pub fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

/// Whole numbers of eight bytes.
pub fn wholes(bytes: &[u8]) -> Vec<usize> {
    bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes) as usize).collect()
}
