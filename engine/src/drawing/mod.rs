//! Pictures as data: from geometry (`scene`) and what is true now to elements
//! with classes, whose looks are in `style/`. The page shows them, and exports
//! write them to files, so both draw the same. The page draws what moves
//! (`moving`) by a faster way of its own, from the same shapes and classes.

pub mod badge;
pub mod cards;
pub mod event_time;
mod icon;
pub mod links;
pub mod mark;
pub mod moving;
mod rows;
pub mod workflow;

pub use mark::Mark;
