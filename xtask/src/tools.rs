//! The programs this project needs beside Rust: found on PATH when the version
//! is right, otherwise installed once into the user's cache folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{arguments, ask, cargo, command, root, run};

/// The last Trunk that builds with the pinned Rust.
const TRUNK: &str = "0.21.14";
/// The major version of the npm package `binaryen`, which brings wasm-opt.
const BINARYEN: &str = "132";
/// The version of the npm package `esbuild`, which bundles and minifies.
const ESBUILD: &str = "0.28.2";
/// The oldest Node that the end-to-end tests run on.
const NODE_MAJOR: u32 = 20;
/// The target that runs in a browser.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Adds the wasm target, when rustup is there to do it.
pub fn ensure_wasm_target() -> Result<()> {
    let Some(installed) = ask("rustup", "target list --installed") else {
        return Ok(()); // A Rust without rustup brings its own targets.
    };
    if installed.lines().any(|target| target == WASM) {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", WASM]))
}

/// Adds the source of the standard library, when rustup is there to do it;
/// whether it is here.
pub fn ensure_standard_library() -> bool {
    let is_here = || {
        let folder = ask("rustc", "--print sysroot").unwrap_or_default();
        Path::new(&folder)
            .join("lib/rustlib/src/rust/library/Cargo.lock")
            .exists()
    };
    is_here()
        || ask("rustup", "--version").is_some()
            && run(command("rustup").args(["component", "add", "rust-src"])).is_ok()
            && is_here()
}

/// The folder of `trunk`.
pub fn trunk() -> Result<PathBuf> {
    let install = format!("trunk@{TRUNK} --locked --debug");
    cargo_tool("trunk", TRUNK, &install)
}

/// The folder of `wasm-bindgen` and `wasm-bindgen-test-runner`, in exactly the
/// version that Cargo.lock names.
pub fn wasm_bindgen() -> Result<PathBuf> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).context("no Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen").context("no wasm-bindgen in Cargo.lock")?;
    let install = format!("wasm-bindgen-cli@{version} --debug");
    cargo_tool("wasm-bindgen", version, &install)
}

/// Cargo's variable for the program that runs wasm tests, and that program.
pub fn wasm_test_runner() -> Result<(&'static str, PathBuf)> {
    const KEY: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";
    Ok((KEY, wasm_bindgen()?.join("wasm-bindgen-test-runner")))
}

/// The folder of `wasm-opt` and its kin, or `None` where npm cannot bring it.
pub fn binaryen() -> Option<PathBuf> {
    let right = |version: String| version.contains(&format!("version {BINARYEN}"));
    if ask("wasm-opt", "--version").is_some_and(right) {
        return Some(PathBuf::new());
    }
    npm_tool("binaryen", BINARYEN)
}

/// `esbuild`, or `None` where npm cannot bring it.
pub fn esbuild() -> Option<PathBuf> {
    Some(npm_tool("esbuild", ESBUILD)?.join("esbuild"))
}

/// The folder of the programs of an npm package.
fn npm_tool(package: &str, version: &str) -> Option<PathBuf> {
    let folder = cache().ok()?.join(format!("{package}-{version}"));
    let programs = folder.join("node_modules/.bin");
    if !programs.exists() {
        println!("Installing {package} {version} with npm, once.");
        std::fs::create_dir_all(&folder).ok()?;
        let mut npm = command("npm");
        npm.args(["install", "--no-save", "--no-audit", "--no-fund"])
            .arg("--prefix")
            .arg(&folder)
            .arg(format!("{package}@{version}"));
        run(&mut npm).ok()?;
    }
    programs.exists().then_some(programs)
}

/// Says clearly when Node is missing or too old.
pub fn ensure_node() -> Result<()> {
    let wish = format!("install Node {NODE_MAJOR} or newer with npm (https://nodejs.org)");
    let Some(version) = ask("node", "--version") else {
        bail!("the end-to-end tests need Node: {wish}");
    };
    let major = version.trim_start_matches('v').split('.').next();
    let major: u32 = major.and_then(|text| text.parse().ok()).unwrap_or(0);
    if major < NODE_MAJOR {
        bail!("the end-to-end tests need a newer Node than {version}: {wish}");
    }
    Ok(())
}

/// The path of a Chromium; installs Debian's where that is possible.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if ask("id", "-u").as_deref() == Some("0") && ask("apt-get", "--version").is_some() {
        println!("Installing Chromium with apt-get.");
        let apt = |words: &str| {
            let mut apt = arguments(command("apt-get"), words);
            run(apt.env("DEBIAN_FRONTEND", "noninteractive"))
        };
        apt("update -q")?;
        apt("install -q -y --no-install-recommends chromium")?;
    }
    find_chromium().context(
        "the end-to-end tests need Chromium: install your system's package (Debian, Ubuntu: \
         `sudo apt-get install chromium`; macOS: `brew install --cask chromium`), or set CHROMIUM \
         to the path of a Chromium or Chrome",
    )
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let apps = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file());
    on_path.or_else(|| {
        apps.map(PathBuf::from)
            .into_iter()
            .find(|app| app.is_file())
    })
}

/// PATH with these folders in front.
pub fn path_with(folders: &[PathBuf]) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(
        all.filter(|folder| !folder.as_os_str().is_empty()),
    )?)
}

/// `trunk` with all that it calls on its PATH and nothing to download.
pub fn trunk_command(subcommand: &str) -> Result<Command> {
    ensure_wasm_target()?;
    // Trunk hands its --offline on to cargo, which then finds everything here.
    run(arguments(cargo(), "fetch --quiet --target").arg(WASM))?;
    let path = path_with(&[trunk()?, wasm_bindgen()?])?;
    // The program is looked up in the PATH that the command is given.
    let mut trunk = command("trunk");
    trunk.env("PATH", path).args([subcommand, "--offline"]);
    // Trunk 0.21 reads NO_COLOR=1 as a malformed option and stops.
    trunk.env_remove("NO_COLOR");
    Ok(trunk)
}

/// The folder of a cargo-installable program: empty when PATH already has it.
fn cargo_tool(program: &str, version: &str, install: &str) -> Result<PathBuf> {
    let right = |text: String| text.split_whitespace().any(|word| word == version);
    if ask(program, "--version").is_some_and(right) {
        return Ok(PathBuf::new());
    }
    let home = cache()?.join(format!("{program}-{version}"));
    let bin = home.join("bin");
    if !has_program(&bin, program) {
        println!("Installing {program} {version}, once; this takes a few minutes.");
        let mut cargo = cargo();
        cargo.args(["install", "--root"]).arg(&home);
        run(arguments(cargo, install).env_remove("CARGO_BUILD_TARGET"))?;
    }
    Ok(bin)
}

fn has_program(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file() || folder.join(format!("{name}.exe")).is_file()
}

/// Where installed programs are kept between runs.
fn cache() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let user = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| {
            let folder = if cfg!(target_os = "macos") {
                "Library/Caches"
            } else {
                ".cache"
            };
            variable("HOME").map(|home| home.join(folder))
        })
        .context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(user.join("patternscope").join("tools"))
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_exact_package_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
