// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* speed: a table, or JSON, of what measure() says. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "speed.h"

/* A line of the table with a number for each size. */
struct line {
	const char *title;
	double (*value)(const struct rate *rate, size_t size);
	int digits;		/* behind the point */
};

static double megabytes(const struct rate *rate, size_t size)
{
	return rate->calls * (double)size / 1e6;
}

static double operations(const struct rate *rate, size_t size)
{
	(void)size;
	return rate->calls;
}

static double median(const struct rate *rate, size_t size)
{
	(void)size;
	return rate->median * 1e6;
}

static double most(const struct rate *rate, size_t size)
{
	(void)size;
	return rate->most * 1e6;
}

static double longest(const struct rate *rate, size_t size)
{
	(void)size;
	return rate->longest * 1e6;
}

static const struct line lines_of_time[] = {
	{ "  median, us", median, 1 },
	{ "  99 of 100, us", most, 1 },
	{ "  longest, us", longest, 1 },
};

/* Without it a table that goes into a file would look as if nothing happened. */
static bool is_shown(const struct arguments *arguments)
{
	return !arguments->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

static void print_cell(const struct line *line, const struct rate *rate, size_t size)
{
	if (rate->calls <= 0)
		printf(" %10s", "-");
	else
		printf(" %10.*f", line->digits, line->value(rate, size));
	fflush(stdout);
}

static void print_times(const struct arguments *arguments, const struct rate *rates)
{
	for (size_t i = 0; i < COUNT(lines_of_time); i++) {
		printf("%-20s", lines_of_time[i].title);
		for (size_t j = 0; j < arguments->size_count; j++)
			print_cell(&lines_of_time[i], &rates[j], arguments->sizes[j]);
		putchar('\n');
	}
}

/* Measures with one runner, a line of the table that grows; with --json without a word. */
static void run_line(struct work *work, const struct runner *runner, const char *title,
		     struct rate *rates)
{
	const struct arguments *arguments = work->arguments;
	const struct line line = { title, arguments->ops ? operations : megabytes,
				   arguments->ops ? 0 : 2 };

	if (!arguments->json)
		printf("%-20s", title);
	fflush(stdout);
	for (size_t i = 0; i < arguments->size_count; i++) {
		if (is_shown(arguments))
			fprintf(stderr, "\r%s, %zu bytes\033[K", title, arguments->sizes[i]);
		work->size = arguments->sizes[i];
		rates[i] = measure(work, runner);
		if (!arguments->json)
			print_cell(&line, &rates[i], work->size);
	}
	if (is_shown(arguments))
		fputs("\r\033[K", stderr);
	if (arguments->json)
		return;
	putchar('\n');
	if (arguments->latency)
		print_times(arguments, rates);
}

static void print_json_rate(const char *name, const struct rate *rate, size_t size)
{
	if (rate->calls <= 0)
		return;
	json_begin(name, '{');
	json_real("calls_per_second", rate->calls);
	json_real("bytes_per_second", rate->calls * (double)size);
	json_real("median_us", rate->median * 1e6);
	json_real("p99_us", rate->most * 1e6);
	json_real("longest_us", rate->longest * 1e6);
	json_end('}');
}

static void print_json(const struct work *work, const char *name, const struct rate *device,
		       const struct rate *software)
{
	const struct arguments *arguments = work->arguments;

	for (size_t i = 0; i < arguments->size_count; i++) {
		json_begin(NULL, '{');
		json_string("algorithm", name);
		json_count("key", work->key.len);
		json_count("bytes", arguments->sizes[i]);
		print_json_rate("device", &device[i], arguments->sizes[i]);
		if (arguments->software)
			print_json_rate("software", &software[i], arguments->sizes[i]);
		json_end('}');
	}
}

/* The shortest key unless the name says more; of a MAC, one as long as its digest. */
static size_t key_len(const struct choice *choice)
{
	if (choice->key_len)
		return choice->key_len;
	if (choice->algorithm->kind == KIND_MAC)
		return choice->algorithm->result_len;
	return choice->algorithm->key_min;
}

static bool is_offered(int fd, const struct work *work)
{
	uint32_t ses;
	int error = device_try(fd, work->algorithm, work->key.at, work->key.len, &ses);

	if (error && !device_lacks(error))
		die("the device makes no session: %s", device_problem(error));
	if (!error)
		device_free(fd, ses);
	return !error;
}

/* Returns false if the device does not offer it. */
static bool run_row(const struct arguments *arguments, int fd, const struct choice *choice,
		    const char *name)
{
	struct work work = { .arguments = arguments, .algorithm = choice->algorithm };
	struct rate device[MAX_SIZES], software[MAX_SIZES];

	device_test_key(&work.key, key_len(choice));
	if (!is_offered(fd, &work))
		return false;
	run_line(&work, arguments->depth ? &async_runner : &device_runner, name, device);
	if (arguments->software)
		run_line(&work, &software_runner, "  software", software);
	if (arguments->json)
		print_json(&work, name, device, software);
	return true;
}

static int run_named(const struct arguments *arguments, int fd)
{
	int status = 0;

	for (size_t i = 0; i < arguments->operand_count; i++) {
		const char *name = arguments->operands[i];
		struct choice choice;

		/* arguments_check() has seen that there is such a name. */
		algorithm_find(name, &choice);
		if (!run_row(arguments, fd, &choice, name)) {
			complain("the device does not offer %s: see vcrypto list", name);
			status = EXIT_FAILED;
		}
	}
	return status;
}

/* What has no other direction is left out with --decrypt. */
static int run_all(const struct arguments *arguments, int fd)
{
	for (size_t i = 0; i < algorithm_count; i++)
		if (!arguments->decrypt || algorithm_decrypts(&algorithms[i]))
			run_row(arguments, fd, &(struct choice){ &algorithms[i], 0 },
				algorithms[i].name);
	return 0;
}

static void print_header(const struct arguments *arguments)
{
	printf("%-20s", arguments->ops ? "calls/s" : "MB/s");
	for (size_t i = 0; i < arguments->size_count; i++)
		printf(" %8zu B", arguments->sizes[i]);
	putchar('\n');
}

static void begin_json(const struct arguments *arguments)
{
	json_begin(NULL, '{');
	json_string("vcrypto", TOOL_VERSION);
	json_bool("decrypt", arguments->decrypt);
	json_count("jobs", arguments->jobs);
	json_count("async", arguments->depth);
	json_real("seconds", arguments->seconds);
	json_begin("rows", '[');
}

int run_speed(struct arguments *arguments)
{
	int fd = device_open(arguments->device), status;

	if (arguments->json)
		begin_json(arguments);
	else
		print_header(arguments);
	status = arguments->operand_count ? run_named(arguments, fd) : run_all(arguments, fd);
	if (arguments->json) {
		json_end(']');
		json_end('}');
	}
	close(fd);
	finish_stdout();
	return status;
}
