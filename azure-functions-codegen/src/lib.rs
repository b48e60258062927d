//! The attribute.
use proc_macro::TokenStream;
/// x
#[proc_macro_attribute]
pub fn func(_: TokenStream, i: TokenStream) -> TokenStream {
    i
}
/// x
#[proc_macro]
pub fn functions(i: TokenStream) -> TokenStream {
    i
}
