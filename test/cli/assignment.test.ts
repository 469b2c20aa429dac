import { describe, expect, it } from "vitest";
import { parseAssignment } from "../../src/cli/assignment.ts";

const parse = (text: string) => parseAssignment("--factor", text, "dose=low,high");

describe("parseAssignment", () => {
  it.each([
    ["dose=low,high", "dose", ["low", "high"]],
    [" dose = low , high ", "dose", ["low", "high"]],
    ["period=1,2,3,4", "period", ["1", "2", "3", "4"]],
    ['dose="1,5","2,5"', "dose", ["1,5", "2,5"]],
    ['x="a=b",c=d', "x", ["a=b", "c=d"]],
    ['x="say ""hi""",b', "x", ['say "hi"', "b"]],
    ['x="",b', "x", ["", "b"]],
    ['x=" padded "', "x", [" padded "]],
    ['"a=b"=1,2', "a=b", ["1", "2"]],
    ["my column=drug+,drug", "my column", ["drug+", "drug"]],
  ])("%s", (text, name, values) => {
    expect(parse(text)).toEqual({ name, values });
  });

  it.each(["dose", "=low,high", "dose=", "dose=a,,b", 'dose="a', 'dose="a"b', 'dose=a"b"'])("refuses %s", (text) => {
    expect(() => parse(text)).toThrow(/^--factor/);
  });

  it("says what is wrong", () => {
    const message = (text: string) => {
      try {
        parse(text);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message("dose")).toMatchInlineSnapshot(
      `"--factor 'dose' does not have the form NAME=VALUE. Write, for example, --factor dose=low,high."`,
    );
    expect(message("dose=a,,b")).toMatchInlineSnapshot(
      `"--factor dose has an empty value in its list. Remove the extra comma, or write the empty value as ""."`,
    );
    expect(message('dose="a')).toMatchInlineSnapshot(
      `"--factor 'dose="a' has a quote that does not close or stands inside a value. Quote the whole value and double the quotes in it."`,
    );
  });
});
