//! Any bytes as a picture: a picture or a sentence.
#![no_main]

use hardcase::data::image::Image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drop(Image::decode(bytes)));
