"""`triage prompts`: which prompt files there are, and what they say."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The prompt files of the llm assistant.")


@app.command("list")
def list_prompts() -> None:
    """Every prompt and version, with what changed and why."""
    from triage.assistants.llm import prompt_files

    for name, versions in prompt_files.available().items():
        for version in versions:
            prompt = prompt_files.load(name, version)
            typer.echo(f"{name}@{version}  {prompt.content_hash[:12]}  {prompt.purpose}")


@app.command()
def show(
    prompt: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="A prompt; its newest version unless one is named.")],
) -> None:
    """Print a prompt file."""
    from triage.assistants.llm import prompt_files

    name, _, version = prompt.partition("@")
    typer.echo(prompt_files.load(name, version or None).source, nl=False)


@app.command()
def check() -> None:
    """Render every prompt file with what it would be given; exits with 1 where one has a hole, or does not say what changed and why."""
    from triage.assistants.llm import prompt_files
    from triage.assistants.llm.prompt_check import problems

    wrong = 0
    for name, versions in prompt_files.available().items():
        for version in versions:
            found = problems(prompt_files.load(name, version))
            wrong += len(found)
            for problem in found:
                typer.echo(f"{name}@{version}: {problem}")
    if wrong:
        raise typer.Exit(1)
    typer.echo("Every prompt renders.")
