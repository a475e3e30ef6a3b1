//! `run`: one run, watched.

use crate::progress::Progress;
use crate::request::{Options, Request, whole};
use crate::{Failure, summary};
use clap::Args;
use patternscope_export::facts::{FactList, Names};
use patternscope_export::report::Report;
use patternscope_export::trace::Trace;
use patternscope_export::watch::{Watch, drive};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Facts that `--facts` shows at most: they are kept until the run is over.
const FACTS_MOST: u64 = 1_000_000;

/// Arguments of `run`.
#[derive(Args)]
pub struct Arguments {
    /// A pattern, such as request-response, or a link.
    #[arg(value_name = "PATTERN|LINK")]
    target: String,
    #[command(flatten)]
    options: Options,
    /// One JSON object.
    #[arg(long)]
    json: bool,
    /// Shows the first N facts.
    #[arg(long, value_name = "N", default_value_t = 0, allow_hyphen_values = true, value_parser = whole(0, FACTS_MOST))]
    facts: u64,
    /// Writes the facts as Chrome trace-event JSON.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// The text for standard output.
pub fn run(arguments: &Arguments) -> Result<String, Failure> {
    let request = Request::new(&arguments.target, &arguments.options)?;
    let scenario = request.scenario(&[]).map_err(Failure::Input)?;
    let names = Names::new(&scenario);
    let mut watch = Watch::new(&scenario.topology(), request.warm_up);
    watch.facts = (arguments.facts > 0).then(|| FactList::new(arguments.facts as usize));
    let mut trace = (arguments.trace.as_deref())
        .map(|path| Ok((path, Trace::new(create(path)?, Names::new(&scenario)))))
        .transpose()?;
    watch.other = trace.as_mut().map(|(_, trace)| trace as _);
    let mut progress = Progress::new();
    let simulation = drive(&scenario, request.until, &mut watch, |now| {
        progress.show(&format!("{:.1} s of {}", now.as_secs(), request.until));
    });
    drop(progress);
    let report = Report::new(&scenario, request.warm_up, &simulation, &watch);
    let facts = watch.facts.take();
    let text = if arguments.json {
        let mut object = report.to_json();
        if let (Some(facts), Some(fields)) = (facts, object.as_object_mut()) {
            fields.insert("facts".to_owned(), facts.to_json(&names));
        }
        format!("{object:#}\n")
    } else {
        let lines = facts.map_or(String::new(), |facts| facts.to_text(&names));
        lines + &summary::of_run(&report, &scenario, &watch)
    };
    if let Some((path, trace)) = trace {
        let ended = trace.finish(request.until);
        ended.map_err(|error| Failure::Other(format!("{}: {error}", path.display())))?;
    }
    Ok(text)
}

/// A file to write, in large pieces.
pub fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let cannot = |error| Failure::input(format!("{}: {error}", path.display()));
    File::create(path).map(BufWriter::new).map_err(cannot)
}
