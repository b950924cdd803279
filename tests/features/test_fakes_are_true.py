"""The vendors' own clients talk to our local servers: what our adapters are tested against is the real wire.

The clients are imported within the tests: five seconds, which each worker would pay to collect this file.
"""

from typing import Any

import pytest

from tests.fakes import anthropic_server, gemini_server, model_server, responses_server

SCHEMA = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}
ASKED = "What time is it?"


@pytest.mark.promise("AGT-02")
async def test_anthropics_client_streams_text_calls_answers_and_errors():
    import anthropic  # noqa: PLC0415 - the head says why

    tool: Any = {"name": "current_time", "description": "Gives the time.", "input_schema": SCHEMA}
    async with (
        anthropic_server.serve() as server,
        anthropic.AsyncAnthropic(api_key="sk", base_url=server.root, max_retries=0) as client,
    ):

        async def ask(model: str, messages: Any) -> Any:
            async with client.messages.stream(model=model, max_tokens=99, messages=messages, tools=[tool]) as stream:
                return await stream.get_final_message()

        user = {"role": "user", "content": ASKED}
        told = await ask("fake-20", [user])
        assert told.content[0].text.endswith("zq19 zqend")
        assert (told.usage.input_tokens, told.usage.output_tokens, told.stop_reason) == (10, 20, "end_turn")
        called = await ask("thinking", [user])
        assert [block.type for block in called.content] == ["thinking", "redacted_thinking", "text", "tool_use"]
        assert called.content[-1].input == {"zone": "UTC"}
        result = {"type": "tool_result", "tool_use_id": called.content[-1].id, "content": "noon"}
        turns = [user, {"role": "assistant", "content": called.content}, {"role": "user", "content": [result]}]
        assert (await ask("thinking", turns)).content[0].text == "The tool said: noon"
        with pytest.raises(anthropic.APIStatusError) as refused:
            await ask("529", [user])
        assert refused.value.status_code == 529
        with pytest.raises(anthropic.BadRequestError):
            await ask("fake-1", turns[:2])
        with pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
            await ask("overloaded", [user])


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
@pytest.mark.promise("AGT-02")
async def test_googles_client_streams_text_calls_answers_and_errors():
    from google import genai  # noqa: PLC0415 - the head says why
    from google.genai import errors, types  # noqa: PLC0415 - the head says why

    declared = types.FunctionDeclaration(name="current_time", description="Time.", parameters_json_schema=SCHEMA)
    config = types.GenerateContentConfig(
        system_instruction="Be brief.",
        max_output_tokens=99,
        store=False,
        tools=[types.Tool(function_declarations=[declared])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    async with gemini_server.serve() as server:
        options = types.HttpOptions(base_url=server.root, api_version="v1beta")
        async with genai.Client(api_key="AIza", http_options=options).aio as client:

            async def ask(model: str, contents: Any) -> Any:
                stream = await client.models.generate_content_stream(model=model, contents=contents, config=config)
                return [chunk async for chunk in stream]

            user = types.Content(role="user", parts=[types.Part(text=ASKED)])
            told = await ask("fake-20", [user])
            assert "".join(chunk.text for chunk in told).endswith("zq19 zqend")
            assert told[-1].usage_metadata.candidates_token_count == 20
            assert told[-1].candidates[0].finish_reason == types.FinishReason.STOP
            called = [
                part for chunk in await ask("gemini-3-tool", [user]) for part in chunk.candidates[0].content.parts
            ]
            assert next(part.function_call.args for part in called if part.function_call) == {"zone": "UTC"}
            results = [
                types.Part(
                    function_response=types.FunctionResponse(
                        id=part.function_call.id, name=part.function_call.name, response={"output": "noon"}
                    )
                )
                for part in called
                if part.function_call
            ]
            turns = [user, types.Content(role="model", parts=called), types.Content(role="user", parts=results)]
            assert (await ask("gemini-3-tool", turns))[0].text == "The tool said: noon and noon"
            with pytest.raises(errors.ServerError):
                await ask("503", [user])
            with pytest.raises(errors.ClientError, match="number of function response parts"):
                await ask("fake-1", [*turns[:2], user])
            blocked = (await ask("prompt-blocked", [user]))[0]
            assert blocked.prompt_feedback.block_reason == types.BlockedReason.SAFETY


@pytest.mark.promise("AGT-02")
async def test_openais_client_streams_responses_calls_answers_and_errors():
    import openai  # noqa: PLC0415 - the head says why

    tool: Any = {"type": "function", "name": "current_time", "parameters": SCHEMA, "strict": False}
    async with (
        responses_server.serve() as server,
        openai.AsyncOpenAI(api_key="sk", base_url=server.base_url, max_retries=0) as client,
    ):

        async def ask(model: str, items: Any, **more: Any) -> tuple[str, Any]:
            async with client.responses.stream(model=model, input=items, tools=[tool], store=False, **more) as stream:
                pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
                return "".join(pieces), await stream.get_final_response()

        user: Any = {"role": "user", "content": ASKED}
        text, told = await ask("fake-20", [user])
        assert text.endswith("zq19 zqend")
        assert (told.usage.input_tokens, told.usage.output_tokens) == (10, 20)
        _, called = await ask("o3-tool", [user], include=["reasoning.encrypted_content"])
        assert [item.type for item in called.output] == ["reasoning", "message", "function_call"]
        given = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in called.output]
        given = [{"role": "assistant", "content": "Let me look."} if one["type"] == "message" else one for one in given]
        result = {"type": "function_call_output", "call_id": called.output[-1].call_id, "output": "noon"}
        assert (await ask("o3-tool", [user, *given, result]))[0] == "The tool said: noon"
        with pytest.raises(openai.RateLimitError):
            await ask("429", [user])
        with pytest.raises(openai.BadRequestError, match="No tool output found"):
            await ask("fake-1", [user, *given])
        stream = await client.responses.create(model="error-in-stream", input=[user], stream=True)
        assert [event.code async for event in stream if event.type == "error"] == ["server_error"]


@pytest.mark.promise("AGT-02")
async def test_openais_client_streams_chat_as_xai_documents():
    import openai  # noqa: PLC0415 - the head says why

    function = {"name": "current_time", "description": "Time.", "parameters": SCHEMA}
    tools: Any = [{"type": "function", "function": function}]
    async with (
        model_server.serve() as server,
        openai.AsyncOpenAI(api_key="xai", base_url=server.base_url, max_retries=0) as client,
    ):

        async def ask(model: str, messages: Any) -> Any:
            options: Any = {"include_usage": True}
            stream = await client.chat.completions.create(
                model=model, messages=messages, tools=tools, stream=True, stream_options=options
            )
            return [chunk async for chunk in stream]

        user = {"role": "user", "content": ASKED}
        told = await ask("fake-20", [user])
        assert "".join(chunk.choices[0].delta.content or "" for chunk in told if chunk.choices).endswith("zqend")
        assert told[-1].usage.completion_tokens == 20
        pieces = [
            chunk.choices[0].delta.tool_calls for chunk in await ask("tool-current_time", [user]) if chunk.choices
        ]
        calls = [piece[0] for piece in pieces if piece]
        assert "".join(call.function.arguments for call in calls) == '{"zone": "Europe/Copenhagen"}'
        with pytest.raises(openai.RateLimitError):
            await ask("429", [user])
