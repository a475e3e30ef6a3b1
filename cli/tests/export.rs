//! `export`: what lands in files, and what is said of bad orders.

mod common;

use common::{PATTERN, patternscope, refused};
use patternscope_engine::patterns::CATALOG;
use serde_json::Value;
use std::path::PathBuf;

/// Writes a file by the command, and reads it.
fn exported(name: &str, arguments: &[&str]) -> Vec<u8> {
    let file = place(name);
    let path = file.to_string_lossy().into_owned();
    let mut all = vec!["export"];
    all.extend(arguments);
    all.extend(["-o", &path]);
    let output = patternscope(&all);
    assert_eq!(output.code, Some(0), "{arguments:?}: {:?}", output.errors);
    let content = std::fs::read(&file).expect("it was written");
    std::fs::remove_file(&file).expect("it can be removed");
    content
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn text(name: &str, arguments: &[&str]) -> String {
    String::from_utf8(exported(name, arguments)).expect("it is text")
}

#[test]
fn every_pattern_has_still_and_moving_pictures() {
    for pattern in CATALOG {
        let still = text(
            "still.svg",
            &[pattern.slug, "--format", "svg", "--from", "1s"],
        );
        assert!(still.starts_with("<svg xmlns") && still.contains(pattern.title));
        let moving = text("moving.svg", &[pattern.slug, "--format", "animated-svg"]);
        assert!(
            moving.len() <= 300_000 && moving.contains("@keyframes"),
            "{}",
            pattern.slug
        );
    }
}

#[test]
fn a_link_gives_the_picture_of_its_moment() {
    let link = "?p=pub-sub&seed=9&rate=30&t=2s";
    let options = ["pub-sub", "--seed", "9", "--set", "rate=30", "--from", "2s"];
    let by_link = text("link.svg", &[link, "--format", "svg"]);
    let by_options = text(
        "options.svg",
        &[&options[..], &["--format", "svg"]].concat(),
    );
    assert_eq!(by_link, by_options);
    let other = text(
        "other.svg",
        &["?p=pub-sub&seed=9&rate=30&t=3s", "--format", "svg"],
    );
    assert_ne!(by_link, other);
}

#[test]
fn pixels_have_the_size_asked_for_and_are_the_same_twice() {
    let order = [
        PATTERN, "--format", "png", "--width", "400", "--height", "300", "--from", "1s",
    ];
    let png = exported("a.png", &order);
    assert!(png.starts_with(b"\x89PNG"));
    assert_eq!(&png[16..24], [0, 0, 1, 144, 0, 0, 1, 44]);
    assert_eq!(png, exported("b.png", &order));
}

#[test]
fn a_gif_has_the_frames_of_its_time_and_loops() {
    let order = [
        PATTERN, "--format", "gif", "--width", "320", "--from", "1s", "--to", "1.06s", "--speed",
        "0.1",
    ];
    let bytes = exported("a.gif", &order);
    let mut decoder = gif::DecodeOptions::new()
        .read_info(&bytes[..])
        .expect("it is a GIF");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let mut frames = 0;
    let mut hundredths = 0;
    while let Some(frame) = decoder.read_next_frame().expect("frames are whole") {
        frames += 1;
        hundredths += frame.delay;
    }
    // 60 ms of the run at a tenth of its speed, 12.5 frames a second.
    assert_eq!((frames, hundredths), (8, 64));
}

#[test]
fn data_is_of_the_stretch_asked_for() {
    let stretch = [PATTERN, "--from", "2s", "--to", "4s"];
    let csv = text("a.csv", &[&stretch[..], &["--format", "csv"]].concat());
    assert_eq!(csv.lines().count(), 21);
    let trace = text("a.trace", &[&stretch[..], &["--format", "trace"]].concat());
    let trace: Value = serde_json::from_str(&trace).expect("it is JSON");
    assert!(
        trace["traceEvents"]
            .as_array()
            .is_some_and(|all| all.len() > 50)
    );
    let json = text("a.json", &[&stretch[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["ledger"]["balanced"], true);
}

#[test]
fn bad_orders_are_refused_whole() {
    let file = place("never.svg");
    let path = file.to_string_lossy().into_owned();
    let order = |more: &[&str], words: &[&str]| {
        let mut all = vec!["export", PATTERN, "--format", "svg", "-o", &path];
        all.extend(more);
        refused(&all, words);
    };
    order(&["--width", "12"], &["'12'", "--width", "320 to 3840"]);
    order(
        &["--from", "5s", "--to", "4s"],
        &["--to 4s", "--from", "after"],
    );
    order(&["--height", "9"], &["'9'", "--height", "180 to 2160"]);
    refused(
        &["export", PATTERN, "--format", "bmp", "-o", &path],
        &["bmp", "--format"],
    );
    refused(
        &[
            "export", PATTERN, "--format", "html", "--site", "/no/such", "-o", &path,
        ],
        &["/no/such", "xtask dist"],
    );
    refused(
        &[
            "export",
            PATTERN,
            "--format",
            "animated-svg",
            "--set",
            "rate=1000",
            "--speed",
            "1",
            "-o",
            &path,
        ],
        &["300000", "--from"],
    );
    assert!(!file.exists(), "nothing half made is left");
}

/// Data are of the whole run, or of what `--until` or `--to` says.
#[test]
fn data_is_of_the_whole_run() {
    let until = |name: &str, more: &[&str]| -> f64 {
        let order = [&[PATTERN, "--format", "json"], more].concat();
        let report: Value = serde_json::from_str(&text(name, &order)).expect("it is JSON");
        assert_eq!(report["warmup_s"], 0.0);
        report["until_s"].as_f64().expect("a number")
    };
    assert_eq!(until("whole.json", &[]), 60.0);
    assert_eq!(until("until.json", &["--until", "7s"]), 7.0);
    assert_eq!(until("to.json", &["--to", "7s"]), 7.0);
    let link = ["?p=request-response&t=9s", "--format", "csv"];
    let table = text("link.csv", &link);
    assert!(
        table
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with("0.0,"))
    );
    assert_eq!(table.lines().count(), 91);
    let trace = text(
        "whole.trace",
        &["pub-sub", "--format", "trace", "--until", "20s"],
    );
    let trace: Value = serde_json::from_str(&trace).expect("it is JSON");
    let events = trace["traceEvents"].as_array().expect("a list");
    let last = events
        .iter()
        .filter_map(|event| event["ts"].as_f64())
        .fold(0.0, f64::max);
    assert!(last > 19e6, "{last}");
    let film = text(
        "film.svg",
        &[PATTERN, "--format", "animated-svg", "--until", "1s"],
    );
    assert!(film.contains("@keyframes"));
}

#[test]
fn an_end_that_means_nothing_is_refused() {
    let order = |format: &str, more: &[&str], words: &[&str]| {
        let file = place("never");
        let path = file.to_string_lossy().into_owned();
        let all = ["export", PATTERN, "--format", format, "-o", &path];
        refused(&[&all[..], more].concat(), words);
        assert!(!file.exists());
    };
    order(
        "svg",
        &["--until", "3s"],
        &["--until 3s", "write --from 3s"],
    );
    order(
        "csv",
        &["--until", "3s", "--to", "4s"],
        &["--until 3s", "--to 4s"],
    );
    order(
        "json",
        &["--warmup", "3s"],
        &["--warmup 3s", "write --from 3s"],
    );
}

/// Where no flow ended there is no latency, which is not a latency of zero.
#[test]
fn a_latency_of_nothing_is_empty() {
    let order = [
        PATTERN,
        "--format",
        "csv",
        "--until",
        "3s",
        "--at",
        "0s crash server-*",
    ];
    let table = text("nothing.csv", &order);
    let first = table.lines().nth(1).expect("a line");
    assert_eq!(first.split(',').nth(8), Some(""), "{first}");
    assert_eq!(first.split(',').nth(9), Some(""), "{first}");
}
