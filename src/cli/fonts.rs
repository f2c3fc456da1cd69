//! Fonts of the system for scripts that the window's own letters lack.

use fontique::{
    Collection, CollectionOptions, FallbackKey, GenericFamily, QueryFamily, QueryStatus, SourceCache,
    SourceCacheOptions,
};

use crate::base::scripts::{SCRIPTS, Script};
use crate::cli::print;

/// Print which scripts have a font, and the package for those without one.
pub(super) fn say() {
    let mut fonts = Collection::new(CollectionOptions { shared: false, system_fonts: true });
    let mut sources = SourceCache::new(SourceCacheOptions::default());
    for script in SCRIPTS {
        match found(&mut fonts, &mut sources, script) {
            Some(font) => print(&format!("  ok       {:<12} {font}", script.name)),
            None => print(&format!("  missing  {:<12} {}", script.name, script.missing())),
        }
    }
}

/// The name of the font that the system gives for a script.
fn found(fonts: &mut Collection, sources: &mut SourceCache, script: &Script) -> Option<String> {
    let mut family = None;
    let mut query = fonts.query(sources);
    query.set_families([QueryFamily::Generic(GenericFamily::SansSerif)]);
    query.set_fallbacks(FallbackKey::new(fontique::Script::from_bytes(script.code), None));
    query.matches_with(|font| {
        let glyph = font.charmap().and_then(|letters| letters.map(script.sample));
        if glyph.is_some_and(|glyph| glyph > 0) {
            family = Some(font.family.0);
            return QueryStatus::Stop;
        }
        QueryStatus::Continue
    });
    drop(query);
    Some(fonts.family_name(family?).unwrap_or("unnamed").to_owned())
}
