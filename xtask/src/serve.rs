//! `cargo xtask serve`: from a fresh checkout to the running page.

use anyhow::Result;

use crate::shell;
use crate::tools::trunk_command;

/// Apart from dist/, so that serving and testing do not disturb each other.
const FOLDER: &str = "target/serve";

/// Sets up what is missing and serves the page, rebuilt on each change, until
/// stopped. Options (such as `--port 9000`) go to Trunk.
pub fn run(options: &[String]) -> Result<()> {
    let port = port(options).unwrap_or("8080");
    println!("The page will be at http://127.0.0.1:{port}/ once it is built (Ctrl+C stops).");
    let mut trunk = trunk_command("serve")?;
    shell::run(trunk.args(["--dist", FOLDER]).args(options))
}

fn port(options: &[String]) -> Option<&str> {
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if option == "--port" || option == "-p" {
            return options.next().map(String::as_str);
        }
        if let Some(port) = option.strip_prefix("--port=") {
            return Some(port);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_port_it_announces() {
        let options = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(port(&options("--release --port 9000")), Some("9000"));
        assert_eq!(port(&options("--port=9001")), Some("9001"));
        assert_eq!(port(&options("--release")), None);
    }
}
