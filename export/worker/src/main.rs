//! Exports in the browser, in a worker of their own: the page's run goes on,
//! and nothing of it can be harmed. Loaded when somebody exports.
//! `public/exporting.js` talks to it.

use js_sys::Function;
use patternscope_engine::scenario::parse_url;
use patternscope_engine::{Duration, Instant};
use patternscope_export::animated::animated_svg;
use patternscope_export::film::{Film, Shot};
use patternscope_export::gif::{self, Gif};
use patternscope_export::order::{Order, check_length};
use patternscope_export::single_file::single_file;
use patternscope_export::theme::Theme;
use patternscope_export::{data, still};
use serde::Deserialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

fn main() {}

/// What the page asks for.
#[derive(Deserialize)]
struct Request {
    /// The run, as a whole link.
    link: String,
    /// From and to, in simulated seconds.
    from: f64,
    to: f64,
    theme: String,
    width: u32,
    height: u32,
}

fn shot_of(request: &str) -> Result<Shot, String> {
    let request: Request =
        serde_json::from_str(request).map_err(|error| format!("the request: {error}"))?;
    let link = parse_url(&request.link);
    let scenario = link
        .scenario
        .ok_or("the link names no pattern: must have p=PATTERN")?;
    if let Some(notice) = link.notices.first() {
        return Err(format!("the link: {notice}"));
    }
    let order = Order {
        from: Some(Instant::from_secs(request.from)),
        to: Some(Instant::from_secs(request.to)),
        speed: None,
        theme: Theme::parse(&request.theme).unwrap_or_default(),
        width: Some(request.width),
        height: Some(request.height),
    };
    order
        .shot(scenario, link.at, link.speed)
        .map_err(|wrong| wrong.join("; "))
}

fn teller(tell: &Function) -> impl FnMut(f64) {
    move |share| {
        // A page that does not listen is no reason to stop.
        let _ = tell.call1(&JsValue::NULL, &share.into());
    }
}

/// A file of text: `svg`, `animated-svg`, `csv`, `json` or `trace`.
///
/// # Errors
/// What is wrong, in words.
#[wasm_bindgen]
pub fn text(format: &str, request: &str, tell: &Function) -> Result<String, String> {
    let shot = shot_of(request)?;
    match format {
        "svg" => Ok(still::svg(&shot)),
        "animated-svg" => {
            check_length(&shot)?;
            animated_svg(&shot, &mut teller(tell))
        }
        "csv" => Ok(data::csv(&shot)),
        "json" => Ok(data::json(&shot)),
        "trace" => data::trace(&shot),
        other => Err(format!("{other}: is no kind of text file")),
    }
}

/// The page in one file; `read` hands over the site's files by name.
///
/// # Errors
/// What is missing, in words.
#[wasm_bindgen]
pub fn html(request: &str, read: &Function) -> Result<String, String> {
    let shot = shot_of(request)?;
    let mut read = |name: &str| {
        let content = read.call1(&JsValue::NULL, &name.into());
        content
            .map(|content| js_sys::Uint8Array::new(&content).to_vec())
            .map_err(|_| format!("{name}: cannot be read"))
    };
    single_file(&mut read, &data::link(&shot))
}

/// A film as pictures, one after the other.
#[wasm_bindgen]
pub struct Frames {
    shot: Shot,
    film: Film,
    count: usize,
    next: usize,
}

#[wasm_bindgen]
impl Frames {
    /// At its beginning, with so many pictures a second.
    ///
    /// # Errors
    /// What is wrong with the request, in words.
    #[wasm_bindgen(constructor)]
    pub fn new(request: &str, a_second: f64) -> Result<Self, String> {
        let shot = shot_of(request)?;
        check_length(&shot)?;
        Ok(Self {
            film: Film::new(&shot),
            count: (shot.lasts_s() * a_second).round().max(1.0) as usize,
            next: 0,
            shot,
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The next one as SVG; none after the last.
    pub fn picture(&mut self) -> Option<String> {
        if self.next == self.count {
            return None;
        }
        let length = self.shot.to.since(self.shot.from).as_secs();
        let share = self.next as f64 / self.count as f64;
        self.next += 1;
        let at = self.shot.from + Duration::from_secs(length * share);
        Some(still::frame(&self.shot, &mut self.film, at))
    }
}

/// Pictures of pixels as a GIF.
#[wasm_bindgen]
pub struct GifFile(Gif);

#[wasm_bindgen]
impl GifFile {
    /// An empty one.
    ///
    /// # Errors
    /// In words.
    #[wasm_bindgen(constructor)]
    pub fn new(width: u16, height: u16, theme: &str) -> Result<Self, String> {
        let theme = Theme::parse(theme).unwrap_or_default();
        Gif::new(width, height, theme).map(Self)
    }

    /// Pictures a second.
    pub fn a_second() -> f64 {
        100.0 / f64::from(gif::DELAY_CS)
    }

    /// Adds a picture: four bytes a pixel.
    ///
    /// # Errors
    /// In words.
    pub fn add(&mut self, pixels: &[u8]) -> Result<(), String> {
        self.0.add(pixels)
    }

    /// The whole file.
    ///
    /// # Errors
    /// In words.
    pub fn finish(self) -> Result<Vec<u8>, String> {
        self.0.finish()
    }
}
