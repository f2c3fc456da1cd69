//! A patch as it is printed: PNG with its physical size, and PDF of that size.

use std::io::Write as _;

use crate::data::image::{Image, ImageError};
use crate::robustness::patches::paste::{Pasted, Patch};
use crate::robustness::patches::sign::{Cover, Sign};

/// Pixels of the printed sign on a side; a print shop enlarges without harm, the texture is coarser.
const PIXELS: usize = 1024;
/// White of paper.
const PAPER: f32 = 1.0;
/// Quality of the JPEG inside of the PDF.
const QUALITY: u8 = 95;

/// The parts of the patch that are seen, on paper; with the sign around them if `whole`.
pub fn sheet(sign: &Sign, patch: &Patch, cover: Cover, whole: bool) -> Image {
    let placement = crate::robustness::patches::placement::Placement {
        middle: (PIXELS as f32 / 2.0, PIXELS as f32 / 2.0),
        side: PIXELS as f32,
        rotation: 0.0,
        brightness: 1.0,
    };
    let paper = Image::filled(PIXELS as u32, PIXELS as u32, [(PAPER * 255.0) as u8; 3]);
    let bare = Sign { planes: [(); 3].map(|()| vec![PAPER; sign.opacity.len()]), ..sign.clone() };
    let sign = if whole { sign } else { &bare };
    let planes = super::paste::composed(&paper, Pasted { sign, patch: Some((patch, cover)) }, &placement);
    super::paste::image(&planes, paper.size())
}

/// The image as PNG that says how large it is: `side_cm` centimeters on a side.
pub fn png(image: &Image, side_cm: f64) -> Result<Vec<u8>, ImageError> {
    let plain = image.to_png()?;
    // The chunk of the physical size stands after the 33 bytes of signature and header.
    let per_meter =
        (f64::from(image.width()) * 100.0 / side_cm).round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let mut body = b"pHYs".to_vec();
    body.extend(per_meter.to_be_bytes());
    body.extend(per_meter.to_be_bytes());
    body.push(1);
    let (head, rest) = plain.split_at(33.min(plain.len()));
    let mut bytes = head.to_vec();
    bytes.extend(9_u32.to_be_bytes());
    bytes.extend(&body);
    bytes.extend(crc32fast::hash(&body).to_be_bytes());
    bytes.extend(rest);
    Ok(bytes)
}

/// The image on a page of its physical size, as PDF 1.4 with one embedded JPEG.
pub fn pdf(image: &Image, side_cm: f64) -> Result<Vec<u8>, ImageError> {
    let jpeg = image.to_jpeg(QUALITY)?;
    let points = side_cm / 2.54 * 72.0;
    let draw = format!("q {points:.3} 0 0 {points:.3} 0 0 cm /Im0 Do Q");
    let stream = |head: String, content: &[u8]| {
        let mut object = format!("<< {head} /Length {} >>\nstream\n", content.len()).into_bytes();
        object.extend(content);
        object.extend(b"\nendstream");
        object
    };
    let (width, height) = image.size();
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points:.3} {points:.3}] /Contents 4 0 R \
             /Resources << /XObject << /Im0 5 0 R >> >> >>"
        )
        .into_bytes(),
        stream(String::new(), draw.as_bytes()),
        stream(
            format!(
                "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB \
                 /BitsPerComponent 8 /Filter /DCTDecode"
            ),
            &jpeg,
        ),
    ];
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", at + 1).into_bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let table = bytes.len();
    let mut end = Vec::new();
    // Writing into memory does not fail.
    drop(writeln!(end, "xref\n0 {}\n0000000000 65535 f ", objects.len() + 1));
    for place in places {
        drop(writeln!(end, "{place:010} 00000 n "));
    }
    drop(writeln!(end, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF", objects.len() + 1));
    bytes.extend(end);
    Ok(bytes)
}
