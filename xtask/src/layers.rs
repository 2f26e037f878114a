//! The direction of dependencies (`docs/ARCHITECTURE.md`), held by a test.

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use std::process::Command;

    /// What of ours a package may depend on, outside of its tests.
    fn allowed(package: &str) -> &'static [&'static str] {
        match package {
            "heliograph-protocol" => &[],
            "heliograph-domain" => &["heliograph-protocol"],
            "heliograph-client" => &["heliograph-protocol"],
            "heliograph-presign" => &["heliograph-protocol", "heliograph-domain"],
            "heliograph-aws" => &[
                "heliograph-protocol",
                "heliograph-domain",
                "heliograph-presign",
            ],
            "heliograph-webpush" => &["heliograph-protocol", "heliograph-domain"],
            "heliograph-lambda" => &[
                "heliograph-protocol",
                "heliograph-domain",
                "heliograph-aws",
                "heliograph-webpush",
            ],
            "xtask" => &["heliograph-protocol"],
            "heliograph-bench" | "heliograph-browser-tests" | "heliograph-cli" => {
                &["heliograph-protocol", "heliograph-client"]
            }
            // For the keys that its devices register with, the browser that is woken, and an app of ours.
            "heliograph-tests" => &[
                "heliograph-protocol",
                "heliograph-domain",
                "heliograph-client",
                "heliograph-webpush",
            ],
            // Functions, and `heliographd`, which calls them: never the SDK directly.
            _ => &[
                "heliograph-protocol",
                "heliograph-domain",
                "heliograph-lambda",
                "heliograph-presign",
                "heliograph-webpush",
                "heliograph-account",
                "heliograph-ack",
                "heliograph-authorizer",
                "heliograph-connect",
                "heliograph-default",
                "heliograph-devices",
                "heliograph-disconnect",
                "heliograph-fanout",
                "heliograph-groups",
                "heliograph-keys",
                "heliograph-media",
                "heliograph-notify",
                "heliograph-people",
                "heliograph-presence",
                "heliograph-send",
                "heliograph-sweep",
                "heliograph-sync",
            ],
        }
    }

    fn packages() -> Vec<Value> {
        let cargo = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .unwrap();
        let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
        metadata["packages"].as_array().unwrap().clone()
    }

    fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter(|it| it["kind"].is_null())
            .filter_map(|it| it["name"].as_str())
    }

    #[test]
    fn dependencies_point_one_way() {
        let packages = packages();
        assert!(packages.len() > 10);
        for package in &packages {
            let name = package["name"].as_str().unwrap();
            for dependency in dependencies(package).filter(|it| it.starts_with("heliograph")) {
                let is_allowed = allowed(name).contains(&dependency);
                assert!(is_allowed, "{name} must not depend on {dependency}");
            }
        }
    }

    /// Whether a package takes nothing of tokio but its locks, which need no runtime.
    fn has_locks_only(package: &Value) -> bool {
        let all = package["dependencies"].as_array().into_iter().flatten();
        let mut tokio = all.filter(|it| it["kind"].is_null() && it["name"] == "tokio");
        tokio.all(|it| {
            it["uses_default_features"] == false && it["features"] == serde_json::json!(["sync"])
        })
    }

    #[test]
    fn only_the_aws_crate_knows_the_sdk_and_the_domain_no_runtime() {
        for package in &packages() {
            let name = package["name"].as_str().unwrap();
            for dependency in dependencies(package) {
                // What signs is no SDK: it calls nobody.
                let is_sdk = dependency.starts_with("aws-sdk-") || dependency == "aws-config";
                assert!(
                    !is_sdk || name == "heliograph-aws",
                    "{name} depends on {dependency}"
                );
                let is_runtime = dependency == "tokio" && !has_locks_only(package);
                let is_pure = ["heliograph-protocol", "heliograph-domain"].contains(&name);
                assert!(!(is_runtime && is_pure), "{name} depends on {dependency}");
            }
        }
    }
}
