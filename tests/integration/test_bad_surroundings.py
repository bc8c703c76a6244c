"""What is wrong around the program: the AWS configuration, the environment, sources of credentials.

Such a mistake is found before anything is asked of S3, and the error names the file and its line,
the profile or the variable. Wrong settings are exit 2; no credentials to go on with, exit 4.
"""

from __future__ import annotations

import json
import unittest

from lib.bad_input import DST, FROM, LONG, TO, Case, Fixture, in_args

NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
FILES = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}
NO_FILES = {"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none"}
KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = notasecret\n"
ROLE = "role_arn = arn:aws:iam::111122223333:role/r\n"


def in_config(name: str, text: str | bytes | None, *said: str, credentials: str | None = "",
              code: int = 2, args=(), **env) -> Case:
    """A wrong ~/.aws/config; there are no credentials but those that the files have."""
    return in_args(name, [*FROM, *TO, *args], *said, exit=code,
                   files={"config": text, "credentials": credentials},
                   env={**NO_KEYS, **FILES, **env})


def in_credentials(name: str, text: str, *said: str, code: int = 4, **env) -> Case:
    """A wrong ~/.aws/credentials."""
    return in_config(name, "", *said, credentials=text, code=code, **env)


def in_process(name: str, output: dict | str, *said: str) -> Case:
    """A credential_process that prints this."""
    text = output if isinstance(output, str) else json.dumps(output)
    case = in_config(name, "[default]\ncredential_process = cat output\n", "credential_process",
                     *said, code=4)
    case.files["output"] = text
    return case


def printed(**fields) -> dict:
    """What a credential_process should print, but for these fields; None leaves one out."""
    good = {"Version": 1, "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "notasecret", **fields}
    return {key: value for key, value in good.items() if value is not None}


def by_command(name: str, command: str, *said: str) -> Case:
    """A credential_process that ends badly."""
    return in_config(name, f"[default]\ncredential_process = {command}\n", "credential_process",
                     *said, code=4)


def in_env(name: str, env: dict, *said: str, code: int = 2, args=()) -> Case:
    """A wrong variable, where all else is right."""
    return in_args(name, [*FROM, *TO, *args], *said, exit=code, env={**NO_FILES, **env})


def without_keys(name: str, env: dict, *said: str, code: int = 4, **files) -> Case:
    """The same for a source of credentials that comes after the environment's keys."""
    case = in_env(name, {**NO_KEYS, **env}, *said, code=code)
    case.files.update(files)
    return case


CONFIGS = [
    # the form of the file
    in_config("section not closed", "[default\nregion = eu-west-1\n", "config:1"),
    in_config("property before any section", "region = eu-west-1\n[default]\n", "config:1",
              "before the first [section]"),
    in_config("no name", "[default]\n = eu-west-1\n", "config:2", "no name"),
    in_config("neither section nor property", "[default]\nregion eu-west-1 nonsense\n",
              "config:2"),
    in_config("NUL byte", "[default]\nregion = a\0b\n", "config:2", "NUL"),
    in_config("UTF-16", "\ufeff[default]\n".encode("utf-16-le"), "config:1"),
    in_config("line too long", f"[default]\nregion = {'r' * 70_000}\n", "config:2", "too long"),
    in_config("nested line that is none", "[default]\ns3 =\n  path style\n", "config:3",
              "indented"),
    in_config("nested line without a name", "[default]\ns3 =\n  = path\n", "config:3", "indented"),
    in_config("too large", "# why\n" * 800_000, "config", "re.4,?194,?304|4 MiB", code=4),
    in_config("a folder", None, "config", "re.director|folder", code=4),
    in_config("the other file is a folder", "", "credentials", "re.director|folder", code=4,
              credentials=None),
    in_credentials("credentials file with a broken line", "[default]\naws_access_key_id\n",
                   "credentials:2", code=2),
    # profiles
    in_config("no such profile by variable", "[profile dev]\n", "AWS_PROFILE", '"nobody"',
              "config", AWS_PROFILE="nobody"),
    in_config("no such profile by option", "[profile dev]\n", "--profile", '"nobody"',
              args=["--profile", "nobody"]),
    in_config("no such profile by the old variable", "", "AWS_DEFAULT_PROFILE", '"nobody"',
              AWS_DEFAULT_PROFILE="nobody"),
    in_config("section without the word profile", "[dev]\nregion = eu-west-1\n", 'profile "dev"',
              AWS_PROFILE="dev"),
    in_config("profile in other letters", "[profile dev]\n", '"Dev"', AWS_PROFILE="Dev"),
    in_credentials("the word profile in the credentials file", f"[profile dev]\n{KEYS}", '"dev"',
                   code=2, AWS_PROFILE="dev"),
    in_config("profile without credentials", "[profile dev]\nregion = eu-west-1\n",
              "no AWS credentials found", 'profile "dev"', code=4, AWS_PROFILE="dev"),
    # roles
    in_config("profiles in a circle", f"[profile a]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}"
              "source_profile = a\n", "circle", "a -> b -> a", AWS_PROFILE="a"),
    in_config("profile that is its own source", f"[default]\n{ROLE}source_profile = default\n",
              "circle", "default -> default"),
    in_config("too many roles on the way", "".join(
        f"[profile p{i}]\n{ROLE}source_profile = p{i + 1}\n" for i in range(40)) + "[profile p40]\n"
        + KEYS, "too deep", "p0 -> p1", AWS_PROFILE="p0"),
    in_config("no such source_profile", f"[default]\n{ROLE}source_profile = base\n",
              "source_profile", '"base"', "config"),
    in_config("source_profile without credentials",
              f"[default]\n{ROLE}source_profile = base\n[profile base]\n", "source_profile",
              '"base"', "no credentials", code=4),
    in_config("role and no source", f"[default]\n{ROLE}", "role_arn", "source_profile",
              "credential_source"),
    in_config("role and two sources", f"[default]\n{ROLE}source_profile = default\n"
              "credential_source = Environment\n", "both source_profile and credential_source"),
    in_config("unknown credential_source", f"[default]\n{ROLE}credential_source = Ec2\n",
              "credential_source", '"Ec2"', "Ec2InstanceMetadata"),
    in_config("credential_source Environment, where nothing is",
              f"[default]\n{ROLE}credential_source = Environment\n", "credential_source",
              "AWS_ACCESS_KEY_ID", code=4),
    in_config("credential_source EcsContainer, outside of one",
              f"[default]\n{ROLE}credential_source = EcsContainer\n", "EcsContainer",
              "AWS_CONTAINER_CREDENTIALS", code=4),
    in_config("role that wants a one-time code",
              f"[default]\n{ROLE}source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n"
              f"[profile base]\n{KEYS}", "mfa_serial", "credential_process", code=4),
    in_config("duration that is no number", f"[default]\n{ROLE}credential_source = Environment\n"
              "duration_seconds = 1h\n", "duration_seconds", '"1h"', "43200"),
    in_config("duration that is too short", f"[default]\n{ROLE}credential_source = Environment\n"
              "duration_seconds = 60\n", "duration_seconds", "900"),
    in_config("token file without a role", "[default]\nweb_identity_token_file = token\n",
              "web_identity_token_file", "role_arn"),
    in_config("token file that is not there",
              f"[default]\n{ROLE}web_identity_token_file = no/token\n", "no/token", code=4),
    in_config("sign-in by a session", "[default]\nsso_session = corp\n[sso-session corp]\n",
              "IAM Identity Center", "credential_process", code=4),
    in_config("sign-in by an address", "[default]\nsso_start_url = https://corp.example/\n",
              "IAM Identity Center", "credential_process", code=4),
    in_config("STS at no URL", f"[default]\n{ROLE}source_profile = base\n[profile base]\n{KEYS}",
              "re.endpoint.*STS|STS.*endpoint", AWS_ENDPOINT_URL_STS="sts.localhost"),
    # keys
    in_credentials("key id without its secret", "[default]\naws_access_key_id = AKIAEXAMPLE\n",
                   'profile "default"', "secret access key is missing"),
    in_credentials("secret without its key id", "[default]\naws_secret_access_key = notasecret\n",
                   'profile "default"', "access key id is missing"),
    in_credentials("key id with a space", f"[default]\n{KEYS.replace('AKIA', 'AKIA ')}",
                   "access key id is missing or malformed"),
    in_credentials("key id that is no ASCII", f"[default]\n{KEYS.replace('AKIA', 'ÄKIA')}",
                   "access key id is missing or malformed"),
    in_credentials("secret over two lines", f"[default]\n{KEYS}  and-more\n",
                   "secret access key is missing or malformed"),
    in_credentials("secret that is far too long", f"[default]\n{KEYS.strip()}{LONG}\n",
                   "secret access key is missing or malformed"),
    in_credentials("session token with a line break",
                   f"[default]\n{KEYS}aws_session_token = IQoJ\n  b3Jp\n", "session token"),
    # endpoints and regions of a profile
    in_config("endpoint_url without a scheme", f"[default]\n{KEYS}endpoint_url = localhost:9000\n",
              'endpoint "localhost:9000"', AWS_ENDPOINT_URL_S3=None),
    in_config("endpoint of a service's section", f"[default]\n{KEYS}services = here\n"
              "[services here]\ns3 =\n  endpoint_url = ftp://localhost\n",
              'endpoint "ftp://localhost"', AWS_ENDPOINT_URL_S3=None),
    in_config("region that is none", f"[default]\n{KEYS}region = eu west 1\n", '"eu west 1"',
              "region", AWS_REGION=None),
    in_config("FIPS endpoints, unnamed", f"[default]\n{KEYS}use_fips_endpoint = true\n",
              "AWS_USE_FIPS_ENDPOINT", "AWS_ENDPOINT_URL_S3", AWS_ENDPOINT_URL_S3=None),
    in_config("dual-stack endpoints, unnamed", f"[default]\n{KEYS}use_dualstack_endpoint = True\n",
              "AWS_USE_DUALSTACK_ENDPOINT", AWS_ENDPOINT_URL_S3=None),
]

PROCESSES = [
    by_command("process that fails", "exit 3", "exit status 3"),
    by_command("process that is not there", "no/such/program", "exit status 127"),
    by_command("process that is ended", "kill -9 $$", "signal 9"),
    by_command("process that prints without end", "yes", "more than 65536 bytes"),
    in_process("process prints nothing", "", "not a JSON object"),
    in_process("process prints a sentence", "You are signed in.\n", "not a JSON object"),
    in_process("process prints a list", "[]", "not a JSON object"),
    in_process("process prints two objects", json.dumps(printed()) * 2, "not a JSON object"),
    in_process("process of another version", printed(Version=2), "Version 1"),
    in_process("process without a version", printed(Version=None), "Version 1"),
    in_process("process whose version is text", printed(Version="1"), "Version 1"),
    in_process("process without a key id", printed(AccessKeyId=None), "access key id is missing"),
    in_process("process without a secret", printed(SecretAccessKey=None),
               "secret access key is missing"),
    in_process("process whose secret is a number", printed(SecretAccessKey=5),
               "secret access key is missing"),
    in_process("process with a line break in the token", printed(SessionToken="a\r\nx-evil: 1"),
               "session token is malformed"),
    in_process("process with no time of expiry", printed(Expiration="tomorrow"), "ISO 8601"),
    in_process("process whose credentials are old", printed(Expiration="2001-01-01T00:00:00Z"),
               "good until 2001-01-01T00:00:00Z"),
]

ENVIRONMENTS = [
    # keys
    in_env("key id and no secret", {"AWS_SECRET_ACCESS_KEY": None}, "AWS_SECRET_ACCESS_KEY is not",
           code=4),
    in_env("secret and no key id", {"AWS_ACCESS_KEY_ID": None}, "AWS_ACCESS_KEY_ID is not",
           code=4),
    in_env("key id in quotes and spaces", {"AWS_ACCESS_KEY_ID": " AKIAEXAMPLE "},
           "the environment: the access key id", code=4),
    in_env("secret with a line end", {"AWS_SECRET_ACCESS_KEY": "notasecret\n"},
           "the environment: the secret access key", code=4),
    in_env("session token that is far too long", {"AWS_SESSION_TOKEN": "t" * 100_000},
           "the environment: the session token", code=4),
    # other sources
    without_keys("nothing anywhere", {}, "no AWS credentials found", "AWS_ACCESS_KEY_ID",
                 "AWS_EC2_METADATA_DISABLED"),
    without_keys("web identity without a role", {"AWS_WEB_IDENTITY_TOKEN_FILE": "token"},
                 "AWS_ROLE_ARN is not", token="t"),
    without_keys("web identity without its file", {"AWS_WEB_IDENTITY_TOKEN_FILE": "no/token",
                                                   "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"},
                 "no/token"),
    without_keys("web identity's file is empty", {"AWS_WEB_IDENTITY_TOKEN_FILE": "token",
                                                  "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"},
                 "token", "empty", token=""),
    without_keys("web identity's file is a folder", {"AWS_WEB_IDENTITY_TOKEN_FILE": "token",
                                                     "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"},
                 "token", "re.director|folder", token=None),
    without_keys("container's address is none",
                 {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "localhost/creds"},
                 "AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL"),
    without_keys("container's address is elsewhere",
                 {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/creds"},
                 "AWS_CONTAINER_CREDENTIALS_FULL_URI", "loopback"),
    without_keys("container's path is none", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "v2/id"},
                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    without_keys("container's token file is not there",
                 {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
                  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "no/token"},
                 "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "no/token"),
    without_keys("container's token has a line break",
                 {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/",
                  "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer a\r\nx-evil: 1"},
                 "container authorization token", "line break"),
    without_keys("instance metadata at no URL",
                 {"AWS_EC2_METADATA_DISABLED": None,
                  "AWS_EC2_METADATA_SERVICE_ENDPOINT": "169.254.169.254"},
                 "AWS_EC2_METADATA_SERVICE_ENDPOINT", "URL", code=2),
    # where to
    in_env("region with spaces", {"AWS_REGION": "eu west 1"}, '"eu west 1"', "region"),
    in_env("region that is a host", {"AWS_REGION": "example.com/"}, '"example.com/"', "region"),
    in_env("older variable's region", {"AWS_REGION": None, "AWS_DEFAULT_REGION": "eu-west-1 "},
           '"eu-west-1 "', "region"),
    in_env("--region", {}, '"$REGION"', "region", args=["--region", "$REGION"]),
    in_env("endpoint without a scheme", {"AWS_ENDPOINT_URL_S3": "localhost:9000"},
           'endpoint "localhost:9000"'),
    in_env("endpoint for all services", {"AWS_ENDPOINT_URL_S3": None, "AWS_ENDPOINT_URL": "s3"},
           'endpoint "s3"'),
    in_env("endpoint with a password", {"AWS_ENDPOINT_URL_S3": "http://me:hushhush@127.0.0.1/"},
           "endpoint", "password"),
    in_env("endpoint with a query", {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1/?a=b"}, "endpoint"),
    in_env("endpoint without a host", {"AWS_ENDPOINT_URL_S3": "http:///path"}, "endpoint"),
    in_env("endpoint with a port that is none", {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:70000"},
           "endpoint", "70000"),
    in_env("endpoint with an encoded host", {"AWS_ENDPOINT_URL_S3": "http://127%2e0.0.1/"},
           "endpoint"),
    in_env("endpoint with half an IPv6 address", {"AWS_ENDPOINT_URL_S3": "http://[::1/"},
           "endpoint"),
    # our own
    in_env("stop seconds are a word", {"COPYOUT_STOP_SECONDS": "soon"}, "COPYOUT_STOP_SECONDS",
           '"soon"', "86400"),
    in_env("stop seconds are none", {"COPYOUT_STOP_SECONDS": "0"}, "COPYOUT_STOP_SECONDS"),
    in_env("stop seconds are negative", {"COPYOUT_STOP_SECONDS": "-5"}, "COPYOUT_STOP_SECONDS"),
    in_env("stop seconds with a unit", {"COPYOUT_STOP_SECONDS": "90s"}, "COPYOUT_STOP_SECONDS"),
    in_env("stop seconds are more than a day", {"COPYOUT_STOP_SECONDS": "86401"},
           "COPYOUT_STOP_SECONDS", "86400"),
    in_env("no room for temporary files", {"TMPDIR": "no/such"}, "no/such", code=4,
           args=["--work", f"s3://{DST}/w/"]),
    in_env("a name of the temporary folder that is too long", {"TMPDIR": "/" + "t" * 5000},
           "TMPDIR", code=4, args=["--work", f"s3://{DST}/w/"]),
]


class BadSurroundings(Fixture):
    """Found before anything is written; where credentials are wanting, nothing is asked either."""

    def test_configuration(self):
        """The shared files of the AWS tools."""
        self.run_table(CONFIGS)

    def test_credential_process(self):
        """A command that should print credentials."""
        self.run_table(PROCESSES)

    def test_environment(self):
        """Variables."""
        self.run_table(ENVIRONMENTS)

    def test_nothing_secret_is_said(self):
        """Of what is wrong with a secret, no piece of it."""
        for case in [*CONFIGS, *PROCESSES, *ENVIRONMENTS]:
            if case.exit == 4 and "secret" in case.name:
                with self.subTest(case.name):
                    self.write_files(case)
                    result = self.run_it(case.args, env=case.env).expect(4)
                    self.assertNotIn("notasecret", result.stderr)


if __name__ == "__main__":
    unittest.main()
