//! Pictures as a GIF that loops for ever, with a fixed palette: the colours
//! of the theme, and those between them and what they stand on.

use crate::theme::{Theme, colours};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Hundredths of a second a frame: 12.5 frames a second.
pub const DELAY_CS: u16 = 8;
/// Steps of colour between a line and its ground, for smooth edges.
const STEPS: u16 = 4;
/// Stands for "as before".
const SAME: u8 = 255;

/// A colour without transparency.
type Rgb = [u8; 3];

/// How many frames a film of this length has.
pub fn frames(lasts_s: f64) -> usize {
    ((lasts_s * 100.0 / f64::from(DELAY_CS)).round() as usize).max(1)
}

/// A GIF being made.
pub struct Gif {
    encoder: Encoder<Vec<u8>>,
    palette: Vec<Rgb>,
    /// The nearest of the palette of each colour seen.
    nearest: BTreeMap<Rgb, u8>,
    size: (u16, u16),
    before: Option<Vec<u8>>,
}

impl Gif {
    /// An empty one of this size in pixels.
    ///
    /// # Errors
    /// The encoder refuses.
    pub fn new(width: u16, height: u16, theme: Theme) -> Result<Self, String> {
        let palette = palette(theme);
        let flat: Vec<u8> = palette.iter().flatten().copied().collect();
        let mut encoder =
            Encoder::new(Vec::new(), width, height, &flat).map_err(|error| error.to_string())?;
        encoder
            .set_repeat(Repeat::Infinite)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            encoder,
            palette,
            nearest: BTreeMap::new(),
            size: (width, height),
            before: None,
        })
    }

    /// Adds a frame: four bytes a pixel, red, green, blue and one that is not
    /// looked at.
    ///
    /// # Errors
    /// It has another size, or the encoder refuses.
    pub fn add(&mut self, pixels: &[u8]) -> Result<(), String> {
        let (width, height) = self.size;
        let wanted = usize::from(width) * usize::from(height) * 4;
        if pixels.len() != wanted {
            return Err(format!("a frame has {} bytes, not {wanted}", pixels.len()));
        }
        let now: Vec<u8> = pixels
            .chunks_exact(4)
            .map(|pixel| self.index([pixel[0], pixel[1], pixel[2]]))
            .collect();
        let frame = changed(&now, self.before.as_deref(), width, height);
        self.before = Some(now);
        self.encoder
            .write_frame(&frame)
            .map_err(|error| error.to_string())
    }

    /// The whole file.
    ///
    /// # Errors
    /// The encoder refuses.
    pub fn finish(self) -> Result<Vec<u8>, String> {
        self.encoder.into_inner().map_err(|error| error.to_string())
    }

    fn index(&mut self, colour: Rgb) -> u8 {
        let palette = &self.palette;
        *self.nearest.entry(colour).or_insert_with(|| {
            let distances = palette.iter().map(|other| distance(colour, *other));
            let nearest = distances.enumerate().min_by_key(|(_, distance)| *distance);
            nearest.map_or(0, |(index, _)| index as u8)
        })
    }
}

/// The part of a frame that differs from the one before.
fn changed<'f>(now: &[u8], before: Option<&[u8]>, width: u16, height: u16) -> Frame<'f> {
    let (columns, rows) = (usize::from(width), usize::from(height));
    let differs = |x: usize, y: usize| {
        before.is_none_or(|before| before[y * columns + x] != now[y * columns + x])
    };
    let row_differs = |y: &usize| (0..columns).any(|x| differs(x, *y));
    let top = (0..rows).find(row_differs).unwrap_or(0);
    let bottom = (0..rows).rev().find(row_differs).unwrap_or(0) + 1;
    let column_differs = |x: &usize| (top..bottom).any(|y| differs(*x, y));
    let left = (0..columns).find(column_differs).unwrap_or(0);
    let right = (0..columns).rev().find(column_differs).unwrap_or(0) + 1;
    let pixel = |(x, y): (usize, usize)| match differs(x, y) {
        true => now[y * columns + x],
        false => SAME,
    };
    let area = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    Frame {
        delay: DELAY_CS,
        dispose: DisposalMethod::Keep,
        transparent: Some(SAME),
        left: left as u16,
        top: top as u16,
        width: (right - left) as u16,
        height: (bottom - top) as u16,
        buffer: Cow::Owned(area.map(pixel).collect()),
        ..Frame::default()
    }
}

/// At most 255 colours: all of the theme, then steps from each to the grounds.
fn palette(theme: Theme) -> Vec<Rgb> {
    let base: Vec<Rgb> = colours(theme).into_iter().filter_map(parse).collect();
    // Paper, panel and what follows them in the tokens are what things stand on.
    let grounds = base.iter().take(2).copied();
    let mut palette = Vec::new();
    let mut add = |colour: Rgb| {
        if palette.len() < usize::from(SAME) && !palette.contains(&colour) {
            palette.push(colour);
        }
    };
    base.iter().copied().for_each(&mut add);
    for step in [2, 1, 3] {
        for ground in grounds.clone() {
            base.iter()
                .for_each(|colour| add(between(*colour, ground, step)));
        }
    }
    palette
}

fn between(from: Rgb, to: Rgb, step: u16) -> Rgb {
    std::array::from_fn(|i| {
        ((u16::from(from[i]) * (STEPS - step) + u16::from(to[i]) * step) / STEPS) as u8
    })
}

fn parse(colour: &str) -> Option<Rgb> {
    let value = u32::from_str_radix(colour.strip_prefix('#')?, 16).ok()?;
    let [_, r, g, b] = value.to_be_bytes();
    Some([r, g, b])
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    let square = |i: usize| u32::from(a[i].abs_diff(b[i])).pow(2);
    square(0) + square(1) + square(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<(u16, u16, u16)> {
        let mut decoder = gif::DecodeOptions::new()
            .read_info(bytes)
            .expect("it is a GIF");
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().expect("frames are whole") {
            frames.push((frame.width, frame.height, frame.delay));
        }
        frames
    }

    #[test]
    fn only_what_differs_is_written_again() {
        let mut gif = Gif::new(8, 4, Theme::Light).expect("it begins");
        let mut pixels = [255_u8; 8 * 4 * 4];
        gif.add(&pixels).expect("it fits");
        pixels[(8 + 2) * 4..][..4].copy_from_slice(&[0, 0, 0, 255]);
        gif.add(&pixels).expect("it fits");
        gif.add(&pixels).expect("it fits");
        let frames = decode(&gif.finish().expect("it ends"));
        assert_eq!(frames, [(8, 4, 8), (1, 1, 8), (1, 1, 8)]);
    }

    #[test]
    fn colours_of_the_theme_are_exact() {
        for theme in [Theme::Light, Theme::Dark] {
            let mut gif = Gif::new(1, 1, theme).expect("it begins");
            for colour in colours(theme).into_iter().filter_map(parse) {
                let index = gif.index(colour);
                assert_eq!(gif.palette[usize::from(index)], colour);
            }
        }
    }

    #[test]
    fn a_frame_of_another_size_is_refused() {
        let mut gif = Gif::new(2, 2, Theme::Light).expect("it begins");
        assert!(gif.add(&[0; 4]).is_err());
    }
}
