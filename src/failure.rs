//! If the program fails. The notice is written by `public/boot.js`, for then
//! nothing here can be relied on; here are only the words, for who develops.

/// Tells the browser's console what the program panics with. The optimised
/// site has no words: `cargo xtask dist` leaves them out.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
    }));
}
