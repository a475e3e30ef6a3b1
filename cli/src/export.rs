//! `export`: a run as a file: a picture, a film, data, or a page.

use crate::Failure;
use crate::progress::Progress;
use crate::request::{Options, Request, whole};
use crate::run::create;
use clap::{Args, ValueEnum};
use patternscope_engine::{Duration, Instant};
use patternscope_export::animated::animated_svg;
use patternscope_export::data;
use patternscope_export::film::{Film, Shot};
use patternscope_export::gif::{Gif, frames};
use patternscope_export::order::{Order, check_length};
use patternscope_export::raster::Raster;
use patternscope_export::single_file::single_file;
use patternscope_export::still::{frame, svg};
use patternscope_export::theme::Theme;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `export`.
#[derive(Args)]
pub struct Arguments {
    /// A pattern, such as request-response, or a link.
    #[arg(value_name = "PATTERN|LINK")]
    target: String,
    #[command(flatten)]
    options: Options,
    /// What kind of file.
    #[arg(long, value_enum)]
    format: Format,
    /// Where to.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Where it begins; a still picture is of this instant [default: that of a link, or 0s; of data, 0s].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = Duration::parse)]
    from: Option<Duration>,
    /// Where it ends, which --until says as well [default: of a film, eight
    /// seconds of watching later; of data, the end of the run].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = Duration::parse)]
    to: Option<Duration>,
    /// Simulated seconds a second [default: so that a film lasts 6 to 10 s].
    #[arg(long, value_name = "SPEED", allow_hyphen_values = true, value_parser = speed)]
    speed: Option<f64>,
    /// Whose colours; `auto` follows who looks, in SVG.
    #[arg(long, value_enum, default_value_t = Colours::Auto)]
    theme: Colours,
    /// In pixels, 320 to 3840 [default: 960].
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true, value_parser = whole(320, 3840))]
    width: Option<u64>,
    /// In pixels, 180 to 2160 [default: nine sixteenths of the width].
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true, value_parser = whole(180, 2160))]
    height: Option<u64>,
    /// For html: the folder that `cargo xtask dist` makes.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    site: PathBuf,
}

/// Kinds of file.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A still picture.
    Svg,
    /// A film without a script.
    AnimatedSvg,
    /// A film for hosts that take nothing else.
    Gif,
    /// A still picture of pixels.
    Png,
    /// The page in one file that opens from a disk.
    Html,
    /// Measures over time.
    Csv,
    /// Measures at the end, as `run --json`.
    Json,
    /// Facts as Chrome trace-event JSON.
    Trace,
}

/// Whose colours.
#[derive(Clone, Copy, ValueEnum)]
enum Colours {
    Auto,
    Light,
    Dark,
}

impl From<Colours> for Theme {
    fn from(colours: Colours) -> Self {
        match colours {
            Colours::Auto => Self::Auto,
            Colours::Light => Self::Light,
            Colours::Dark => Self::Dark,
        }
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    let fits = number.filter(|it| (0.001..=100.0).contains(it));
    fits.ok_or_else(|| "must be a number from 0.001 to 100".to_owned())
}

impl Format {
    /// A run for other programs: all of it, unless a stretch is asked for.
    fn is_data(self) -> bool {
        matches!(self, Self::Csv | Self::Json | Self::Trace)
    }

    /// Of one instant.
    fn is_still(self) -> bool {
        matches!(self, Self::Svg | Self::Png | Self::Html)
    }
}

/// Where the file begins and ends, as far as that is said.
fn stretch(arguments: &Arguments, request: &Request) -> Result<[Option<Instant>; 2], Vec<String>> {
    let (format, options) = (arguments.format, &arguments.options);
    let mut wrong = Vec::new();
    if let Some(until) = options.until {
        if format.is_still() {
            wrong.push(format!(
                "--until {until}: a picture is of one instant; write --from {until}"
            ));
        }
        if let Some(to) = arguments.to {
            wrong.push(format!(
                "--until {until}: --to {to} says where it ends; write one of them"
            ));
        }
    }
    if options.warmup > Duration::ZERO {
        let warmup = options.warmup;
        wrong.push(format!(
            "--warmup {warmup}: files begin where --from says; write --from {warmup}"
        ));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let instant = |time: Duration| Instant(time.0);
    let from = arguments.from.map(instant);
    let to = arguments.to.or(options.until).map(instant);
    Ok(match format.is_data() {
        true => [from.or(Some(Instant::START)), to.or(Some(request.until))],
        false => [from, to],
    })
}

/// Writes the file; says what was written.
pub fn export(arguments: &Arguments) -> Result<String, Failure> {
    let request = Request::new(&arguments.target, &arguments.options)?;
    let scenario = request.scenario(&[]).map_err(Failure::Input)?;
    let [from, to] = stretch(arguments, &request).map_err(Failure::Input)?;
    let order = Order {
        from,
        to,
        // Nobody watches data.
        speed: (arguments.speed).or(arguments.format.is_data().then_some(1.0)),
        theme: match (arguments.theme, arguments.format) {
            // Pixels have one theme.
            (Colours::Auto, Format::Gif | Format::Png) => Theme::Light,
            (theme, _) => theme.into(),
        },
        width: arguments.width.map(|pixels| pixels as u32),
        height: arguments.height.map(|pixels| pixels as u32),
    };
    let shot = order
        .shot(scenario, request.linked_at(), request.linked_speed())
        .map_err(|wrong| Failure::Input(wrong.iter().map(|it| format!("--{it}")).collect()))?;
    let output = &arguments.output;
    let mut progress = Progress::new();
    let mut tell = |share: f64| progress.show(&format!("{:.0} %", share * 100.0));
    let content = match arguments.format {
        Format::Svg => svg(&shot).into_bytes(),
        Format::Png => Raster::new().png(&svg(&shot)).map_err(Failure::Other)?,
        Format::AnimatedSvg => {
            check_length(&shot).map_err(Failure::input)?;
            animated_svg(&shot, &mut tell)
                .map_err(Failure::input)?
                .into_bytes()
        }
        Format::Gif => gif(&shot, &mut tell)?,
        Format::Csv => data::csv(&shot).into_bytes(),
        Format::Html => html(&shot, &arguments.site)?.into_bytes(),
        Format::Trace => data::trace(&shot).map_err(Failure::Other)?.into_bytes(),
        Format::Json => data::json(&shot).into_bytes(),
    };
    drop(progress);
    let written = create(output)?.write_all(&content);
    written.map_err(|error| Failure::Other(format!("{}: {error}", output.display())))?;
    Ok(format!("{}: {} bytes\n", output.display(), content.len()))
}

fn gif(shot: &Shot, tell: &mut dyn FnMut(f64)) -> Result<Vec<u8>, Failure> {
    check_length(shot).map_err(Failure::input)?;
    let cannot = Failure::Other;
    let mut gif = Gif::new(shot.width as u16, shot.height as u16, shot.theme).map_err(cannot)?;
    let (raster, mut film) = (Raster::new(), Film::new(shot));
    let count = frames(shot.lasts_s());
    let length = shot.to.since(shot.from).as_secs();
    for index in 0..count {
        let share = index as f64 / count as f64;
        tell(share);
        let at = shot.from + Duration::from_secs(length * share);
        let pixels = raster.pixels(&frame(shot, &mut film, at)).map_err(cannot)?;
        gif.add(pixels.data()).map_err(cannot)?;
    }
    gif.finish().map_err(cannot)
}

fn html(shot: &Shot, site: &Path) -> Result<String, Failure> {
    let mut read = |name: &str| {
        let file = site.join(name);
        std::fs::read(&file).map_err(|error| {
            format!(
                "--site {}: {error}; `cargo xtask dist` makes the site",
                file.display()
            )
        })
    };
    single_file(&mut read, &data::link(shot)).map_err(Failure::input)
}
