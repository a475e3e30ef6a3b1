//! Pictures of pixels, natively. One font is built in, so that every machine
//! makes the same.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::sync::Arc;

/// Makes pixels of pictures.
pub struct Raster {
    options: Options<'static>,
}

impl Raster {
    /// With the built-in font.
    pub fn new() -> Self {
        let mut options = Options::default();
        let fonts = Arc::make_mut(&mut options.fontdb);
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.load_font_data(dejavu::sans::bold().to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        options.font_family = "DejaVu Sans".to_owned();
        Self { options }
    }

    /// The pixels of an SVG file of this program's, with colours of one theme.
    ///
    /// # Errors
    /// The file is none, or too large.
    pub fn pixels(&self, svg: &str) -> Result<Pixmap, String> {
        let tree = Tree::from_str(svg, &self.options).map_err(|error| error.to_string())?;
        let size = tree.size().to_int_size();
        let mut pixels =
            Pixmap::new(size.width(), size.height()).ok_or("the picture is too large")?;
        resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
        Ok(pixels)
    }

    /// The same as a PNG file.
    ///
    /// # Errors
    /// The file is none, too large, or cannot be packed.
    pub fn png(&self, svg: &str) -> Result<Vec<u8>, String> {
        self.pixels(svg)?
            .encode_png()
            .map_err(|error| error.to_string())
    }
}

impl Default for Raster {
    fn default() -> Self {
        Self::new()
    }
}
