"""Running programs: languages, input, output, and requests that cannot be run."""

import shutil

import pytest

PROGRAMS = {
    "python": ("Main.py", "print('Hello')", "python3"),
    "javascript": ("Main.js", "console.log('Hello')", "node"),
    "java": (
        "Main.java",
        'class Main { public static void main(String[] a) { System.out.println("Hello"); } }',
        "javac",
    ),
    "cpp": ("Main.cpp", '#include <cstdio>\nint main() { std::puts("Hello"); }', "g++"),
    "c": ("Main.c", '#include <stdio.h>\nint main(void) { puts("Hello"); }', "gcc"),
    "bash": ("script.sh", "echo Hello", "bash"),
    "sh": ("script.sh", "echo Hello", "sh"),
    "sql": ("script.sql", "select 'Hello';", "sqlite3"),
    "ruby": ("main.rb", "puts 'Hello'", "ruby"),
}


@pytest.fixture(scope="module")
def roomy(make_shared_server):
    """A server with the time and memory that compilers and virtual machines want."""
    return make_shared_server(EXECUTION_TIMEOUT_SECONDS="30", MAX_MEMORY_MB="256")


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_language_runs_or_is_said_to_be_missing(roomy, language):
    name, source, tool = PROGRAMS[language]
    answer = roomy.run(source, language, name)
    if shutil.which(tool):
        assert answer == {"error": "", "result": "Hello\n"}
    else:
        assert answer == {"error": f"{language} is not installed in this environment", "result": ""}


def test_input_reaches_the_program(server):
    answer = server.run("import sys; print(sys.stdin.read()[::-1])", given="abc ä")
    assert answer == {"error": "", "result": "ä cba\n"}


def test_input_need_not_be_read(server):
    assert server.run("print('early')", given="x" * 500_000) == {"error": "", "result": "early\n"}


def test_several_files_see_each_other(server):
    files = {"Main.py": "import helper; print(helper.word)", "helper.py": "word = 'helped'"}
    answer = server.client.post("/api/run", json={"language": "python", "files": files})
    assert answer.json() == {"error": "", "result": "helped\n"}


def test_a_failing_program_shows_its_output_and_the_reason(server):
    answer = server.run("print('before', flush=True); 1 / 0")
    assert answer["result"].startswith("before\nTraceback")
    assert "ZeroDivisionError" in answer["result"]
    assert answer["error"] == "the program ended with exit code 1"


def test_a_signal_is_named(server):
    answer = server.run("import os; os.kill(os.getpid(), 11)")
    assert answer["error"] == "the program was ended by signal 11 (SIGSEGV)"


def test_a_compiler_error_is_the_result(roomy):
    answer = roomy.run("int main(", "c", "Main.c")
    assert answer["error"] == "compilation failed"
    assert "error" in answer["result"]


def test_bytes_that_are_no_text_do_not_break_the_answer(server):
    answer = server.run("import sys; sys.stdout.buffer.write(bytes([255, 65]))")
    assert answer == {"error": "", "result": "\ufffdA"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"language": "python"},
        {"language": "python", "files": {}},
        {"language": "python", "files": []},
        {"language": "python", "files": {"Main.py": 1}},
        {"language": "python", "files": {"../Main.py": "1"}},
        {"language": "python", "files": {"%2e%2e%2fMain.py": "1"}},
        {"language": "python", "files": {"/etc/passwd": "1"}},
        {"language": "python", "files": {"a.py": "1", "b.py": "2"}},
        {"language": "python", "files": {f"f{number}.py": "" for number in range(40)}},
        {"language": "cobol", "files": {"Main.cob": "1"}},
        {"language": 7, "files": {"Main.py": "1"}},
    ],
)
@pytest.mark.parametrize("path", ["/api/run", "/api/submit"])
def test_what_cannot_be_run_is_refused(server, path, body):
    answer = server.client.post(path, json={"problemId": "float-mean", **body})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_input_must_be_text(server):
    body = {"language": "python", "files": {"Main.py": "1"}, "input": 7}
    assert server.client.post("/api/run", json=body).status_code == 400
