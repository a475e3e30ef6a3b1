//! Runs the binary.

#![allow(dead_code, reason = "each test file uses a part of it")]

use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

pub const PATTERN: &str = "request-response";

pub struct Outcome {
    pub code: Option<i32>,
    pub output: String,
    pub errors: Vec<String>,
}

pub fn patternscope(arguments: &[&str]) -> Outcome {
    let run = Command::new(env!("CARGO_BIN_EXE_patternscope"))
        .args(arguments)
        .output();
    let run = run.expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Outcome {
        code: run.status.code(),
        output: text(run.stdout),
        errors: text(run.stderr).lines().map(str::to_owned).collect(),
    }
}

pub fn json(arguments: &[&str]) -> Value {
    let Outcome {
        code,
        output,
        errors,
    } = patternscope(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {errors:?}");
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// The arguments are refused with exit code 2; one cause holds all the words.
pub fn refused(arguments: &[&str], words: &[&str]) {
    let Outcome {
        code,
        output,
        errors,
    } = patternscope(arguments);
    assert_eq!((code, output.as_str()), (Some(2), ""), "{arguments:?}");
    let told = |line: &String| words.iter().all(|word| line.contains(word));
    assert!(errors.iter().any(told), "{arguments:?}: {errors:?}");
}

/// A file in this test's own temporary folder.
pub fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder can be written");
    path
}

pub fn keys(object: &Value) -> Vec<&str> {
    let fields = object.as_object().expect("an object");
    fields.keys().map(String::as_str).collect()
}
