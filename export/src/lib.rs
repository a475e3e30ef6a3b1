//! Runs as files: pictures, films, data and pages, made from a scenario alone.
//! The command line and the page share this crate, so both write the same
//! bytes; it knows no browser and opens no file.

pub mod animated;
pub mod data;
pub mod facts;
pub mod film;
pub mod gif;
pub mod order;
#[cfg(feature = "raster")]
pub mod raster;
pub mod report;
pub mod single_file;
pub mod still;
pub mod svg;
pub mod theme;
pub mod trace;
pub mod watch;
