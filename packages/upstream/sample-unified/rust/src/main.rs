// SPDX-License-Identifier: Apache-2.0
//! A front end in Rust. Upstream's serves the API; this one only says that it is there.

fn main() {
    println!("vllm-rs, a miniature of the front end");
}
