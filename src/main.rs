//! patternscope, the web app.
fn main() {}
