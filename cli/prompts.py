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
