"""`make containers`: the image and docker-compose.yml on a real engine, by the documentation's own commands."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from machine import Machine

ROOT: Final = Path(__file__).resolve().parent.parent.parent
CHECKOUT: Final = "/srv/genkan"
# Not root's, and readable by nobody else: what a checkout with umask 077 looks like.
OPERATOR: Final = "1000"
SITE: Final = "vpn.example.com"
ASK: Final = f"curl --silent --show-error --fail --insecure --resolve {SITE}:443:127.0.0.1"
PROXY: Final = "172.30.57.2"
SECONDS_TO_START: Final = 300
# The documentation's commands are an operator's, who isn't root.
SUDO: Final = 'sudo() { "$@"; }'
VERSION: Final = "2026-11-25"


class Report:
    """Prints a line for each check; ``failed`` counts."""

    def __init__(self) -> None:
        self.failed = 0
        self._started = time.monotonic()

    @contextmanager
    def check(self, sentence: str) -> Iterator[None]:
        try:
            yield
        except subprocess.CalledProcessError as error:
            self._fail(sentence, "\n".join(str(error.stdout).splitlines()[-20:]))
        except AssertionError as error:
            self._fail(sentence, str(error))
        else:
            self.say(f"ok      {sentence}")

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._started:5.0f} s  {text}", flush=True)

    def _fail(self, sentence: str, output: str) -> None:
        self.failed += 1
        self.say(f"FAILED  {sentence}\n{output}")


def main() -> int:
    missing = [name for name in ("debootstrap", "slirp4netns") if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        sys.exit("make containers needs root, and Debian's packages debootstrap and slirp4netns.")
    # So that the engine ends with a run that is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    with closing(Machine(ROOT / ".genkan" / "engine")) as machine:
        machine.prepare()
        check_out(machine)
        report.say(machine.run("docker version --format 'Docker {{.Server.Version}}'").stdout.strip())
        try:
            check_demo(machine, report)
            check_first_start(machine, report)
            check_separation(machine, report)
            check_certificate(machine, report)
            check_upgrade(machine, report)
            check_reboot(machine, report)
            check_restore(machine, report)
        finally:
            logs = run(machine, "docker compose --profile '*' logs --no-color --tail 200", check=False)
            (ROOT / ".genkan" / "engine" / "containers.log").write_text(logs.stdout)
    report.say(f"{report.failed} failed" if report.failed else "all well")
    return 1 if report.failed else 0


def check_demo(machine: Machine, report: Report) -> None:
    with report.check("the demo is built and starts"):
        [command] = documented("deploy.md", "The demo")
        run(machine, f"{command} --detach --wait")
    with report.check("the demo's page answers"):
        run(machine, "curl --silent --fail http://localhost:8000/healthz")
    with report.check("the demo leads to its identity provider"):
        sign_in = "http://localhost:8000/accounts/saml/sso/login/?next=/"
        answer = run(machine, f"curl --silent --output /dev/null --write-out '%{{http_code}}' '{sign_in}'")
        assert answer.stdout == "302", answer.stdout
    with report.check("a program of the demo that ended and came back is reached again"):
        run(machine, "docker compose --profile sandbox restart sandbox-network")
        wait_for(machine, "curl --silent --fail http://localhost:8000/healthz")


def check_first_start(machine: Machine, report: Report) -> None:
    with report.check("production starts on a new machine, from a checkout made with umask 077"):
        commands = documented("deploy.md", "docker compose")
        edits = [index for index, command in enumerate(commands) if "# and edit it" in command]
        commands.insert(edits[0] + 1, "sed -i 's/^GENKAN_TLS=.*/GENKAN_TLS=internal/' .env")
        run(machine, "\n".join(commands))
        wait_until_ready(machine)
    with report.check("`up --wait` succeeds, and so all of production is healthy"):
        run(machine, "docker compose up --detach --wait")
    with report.check("check --deploy finds nothing, with the portal's own database role"):
        run(
            machine,
            "docker compose exec -T web python manage.py check --deploy --database default --fail-level WARNING",
        )
    with report.check("the proxy's address is the proxy's, and a forged one is not believed"):
        address = run(machine, f"{ASK} --header 'X-Forwarded-For: 192.0.2.1' https://{SITE}/egress.txt")
        assert address.stdout.strip() not in {"", "192.0.2.1", PROXY}, address.stdout
        template = "'{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'"
        proxy = run(machine, f"docker inspect --format {template} $(docker compose ps --quiet proxy)")
        assert proxy.stdout.strip() == PROXY, proxy.stdout
    with report.check("the image runs as nobody who may do anything, and has no pip in it"):
        run(machine, 'test "$(docker compose exec -T web id -u)" = 10001')
        run(machine, "docker compose exec -T web sh -c 'test ! -e /opt/venv/bin/pip'")


def check_separation(machine: Machine, report: Report) -> None:
    with report.check("the demo goes without taking anything of production's"):
        run(machine, "docker compose --profile sandbox down --volumes --timeout 5")
        wait_until_ready(machine)
        run(machine, "docker compose up --detach --wait --no-recreate")


def check_certificate(machine: Machine, report: Report) -> None:
    with report.check("the proxy takes a certificate of one's own"):
        request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        run(
            machine,
            f"umask 077; {request} -subj /CN={SITE} -addext subjectAltName=DNS:{SITE} -keyout vpn.key -out vpn.pem",
        )
        tls = "/certificates/vpn.pem /certificates/vpn.key"
        run(machine, f"sed -i 's|^GENKAN_TLS=.*|GENKAN_TLS={tls}|' .env")
        run(machine, "\n".join(documented("deploy.md", "Your own certificate")))
        run(machine, "docker compose up --detach --wait proxy")
        run(machine, f"{ASK.replace('--insecure', '--cacert vpn.pem')} https://{SITE}/readyz")


def check_upgrade(machine: Machine, report: Report) -> None:
    upgrade, replace = (documented("upgrade.md", "With docker compose", block) for block in (0, 1))
    with report.check("an upgrade builds a new image and starts it"):
        # The machine has no repository to pull from.
        run(machine, "\n".join(line.removeprefix("git pull && ") for line in upgrade))
        wait_until_ready(machine)
    with report.check("a second web container makes an upgrade leave no request unanswered"):
        ask = f"{ASK} --output /dev/null --write-out '%{{http_code}}\\n' https://{SITE}/readyz || true"
        run(
            machine,
            "rm -f /tmp/enough\n"
            # On a quick machine the new container is there after some seconds: three ask at the same time.
            "rm -f /tmp/answers\nfor asker in 1 2 3; do\n"
            f"(while [ ! -e /tmp/enough ]; do {ask}; sleep 0.2; done) >> /tmp/answers 2>&1 &\n"
            "done\n"
            "trap 'touch /tmp/enough' EXIT\n" + "\n".join(replace),
        )
        answers = machine.run("cat /tmp/answers").stdout.splitlines()
        assert len(answers) > 20, answers
        assert set(answers) == {"200"}, sorted(set(answers))
    with report.check("another shell's `up` keeps the new version"):
        run(machine, "docker compose up --detach --wait")
        image = run(machine, "docker inspect --format '{{.Config.Image}}' $(docker compose ps --quiet web)")
        assert image.stdout.strip() == f"genkan:{VERSION}", image.stdout


def check_reboot(machine: Machine, report: Report) -> None:
    with report.check("all comes back after a reboot"):
        machine.stop()
        machine.start()
        wait_until_ready(machine)
        run(machine, "docker compose up --detach --wait --no-recreate")


def check_restore(machine: Machine, report: Report) -> None:
    user = "restored@example.com"
    shell = "docker compose exec -T web python manage.py shell --command"
    model = "from portal.access.models import User"
    with report.check("a backup can be restored on a new machine"):
        run(machine, f"{shell} \"{model}; User.objects.create(username='{user}')\"")
        run(machine, "\n".join(documented("backup.md", "Make one", 1)))
        run(machine, "docker compose down --volumes --timeout 5")
        run(machine, "\n".join(documented("backup.md", "Restore it", 2)))
        wait_until_ready(machine)
        run(machine, f"{shell} \"{model}; User.objects.get(username='{user}')\"")


def check_out(machine: Machine) -> None:
    """The working tree, with what isn't committed, and with the modes that umask 077 gives."""
    target = machine.root / CHECKOUT.removeprefix("/")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in names.split("\0"):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    subprocess.run(["chown", "-R", f"{OPERATOR}:{OPERATOR}", target], check=True)
    subprocess.run(["chmod", "-R", "go=", target], check=True)


def documented(page: str, heading: str, block: int = 0) -> list[str]:
    """The commands in one of the console blocks under a heading of the documentation."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    commands = re.findall(r"```console\n(.*?)```", section, re.DOTALL)[block].splitlines()
    return [line.removeprefix("$ ") for line in commands if line.startswith("$ ")]


def run(machine: Machine, command: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    return machine.run(f"{SUDO}\n{command}", directory=CHECKOUT, check=check)


def wait_until_ready(machine: Machine) -> None:
    wait_for(machine, f"{ASK} https://{SITE}/readyz")


def wait_for(machine: Machine, command: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while run(machine, command, check=False).returncode != 0:
        if time.monotonic() > deadline:
            run(machine, command)
            return
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
